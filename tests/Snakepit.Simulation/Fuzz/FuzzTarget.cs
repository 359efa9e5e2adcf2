namespace Snakepit.Simulation.Fuzz;

/// <summary>Something that takes bytes from outside, and what it must do with any of them.</summary>
internal abstract class FuzzTarget : IDisposable
{
    private const long FixedRoom = 1 << 20;

    public abstract string Name { get; }

    /// <summary>What it is made to understand.</summary>
    public abstract IReadOnlyList<byte[]> Corpus { get; }

    /// <summary>Takes one input.</summary>
    /// <exception cref="FuzzException">It took what it should not have, or did not say the truth about it. Any other exception is a defect too.</exception>
    public abstract void Take(byte[] input, ref SimRandom random);

    /// <summary>The most that an input may have it allocate: what its size justifies, and what is there once.</summary>
    public virtual long MostAllocated(byte[] input) => FixedRoom + (input.Length * 64L);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    protected static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new FuzzException(what);
        }
    }
}
