namespace Snakepit.Simulation.Fuzz;

/// <summary>A reader of bytes from outside, with the contract that it must keep for any bytes.</summary>
internal abstract class FuzzTarget : IDisposable
{
    private const long FixedRoom = 1 << 20;

    public abstract string Name { get; }

    /// <summary>The valid messages that inputs are made from.</summary>
    public abstract IReadOnlyList<byte[]> Corpus { get; }

    /// <summary>Reads one input.</summary>
    /// <exception cref="FuzzException">
    /// The reader accepted an invalid input or reported wrong content. Any other exception is a defect too.
    /// </exception>
    public abstract void Take(byte[] input, ref SimRandom random);

    /// <summary>The most bytes that reading an input may allocate: a fixed part, and a part that grows with the input.</summary>
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
