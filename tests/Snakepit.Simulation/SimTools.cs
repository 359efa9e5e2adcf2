namespace Snakepit.Simulation;

/// <summary>The run times of a model pool's tools, by number.</summary>
internal static class SimTools
{
    public const int Count = 6;
    public const long FastRun = 20;
    private const int Liar = 4;

    public static long RunTime(int tool, bool liesNow, ref SimRandom random) => tool switch
    {
        1 => random.Between(2, 15),
        2 => random.Chance(30) ? random.Between(30, 500) : random.Between(2, 15),
        3 => random.Chance(300) ? random.Between(30, 300) : random.Between(0, 8),
        Liar when !liesNow => random.Between(2, 12),
        Liar => random.Between(100, 1_000),
        5 => random.Between(5, FastRun),
        _ => random.Chance(50) ? random.Between(200, 2_000) : random.Between(0, 60), // a tool without a number
    };

    /// <summary>Picks a tool. Most calls of a pool are of one tool, because otherwise no tool would ever be known well.</summary>
    public static int Pick(ulong seed, ref SimRandom random)
    {
        var pool = SimRandom.For(seed, "tools");
        int main = pool.Pick(1, 1, 2, 4, 4, 5);
        return random.Chance(850) ? main : random.Below(Count);
    }

    /// <summary>True from the operation on at which the tool that lies becomes slow.</summary>
    public static bool LiesAt(ulong seed, int index) => index >= SimRandom.For(seed, "lie").Between(40, 250);
}
