namespace Snakepit.Simulation;

/// <summary>Random numbers that depend on their key alone, so that leaving out one operation does not change the others.</summary>
internal struct SimRandom
{
    private ulong _state;

    private SimRandom(ulong state) => _state = state;

    public static SimRandom For(ulong seed, string purpose, long a = 0, long b = 0)
    {
        var random = new SimRandom(seed);
        foreach (char c in purpose)
        {
            random._state = random.Next() ^ c;
        }
        random._state = random.Next() ^ (ulong)a;
        random._state = random.Next() ^ (ulong)b;
        return random;
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    /// <summary>Returns a number between two bounds, both included.</summary>
    public long Between(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    public bool Chance(int perMille) => Below(1_000) < perMille;

    public T Pick<T>(params ReadOnlySpan<T> from) => from[Below(from.Length)];
}
