using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The host's end of a worker's data channel. One thread reads; one at a time writes.</summary>
internal abstract class DataPort : IDisposable
{
    /// <summary>What becomes readable when the worker has written.</summary>
    public abstract Descriptor ReadEnd { get; }

    /// <summary>What becomes writable when there is room again.</summary>
    public abstract Descriptor WriteEnd { get; }

    /// <summary>Waits for bytes: how many came, or a negated error number.</summary>
    public abstract int Read(Span<byte> buffer);

    /// <summary>As <see cref="Read"/>, but -EAGAIN when there is nothing yet. Not mixed with it.</summary>
    public abstract int ReadNow(Span<byte> buffer);

    /// <summary>Writes what fits: how many bytes, or a negated error number.</summary>
    public abstract int Write(ReadOnlySpan<byte> buffer);

    /// <summary>The worker's input ends after what was written.</summary>
    public abstract void EndWriting();

    /// <summary>Wakes a thread in <see cref="Read"/>, also when a descendant of the worker keeps the channel open.</summary>
    /// <returns>True: the last byte to be read is not the worker's, but the one that woke.</returns>
    public abstract bool Wake();

    public abstract void Dispose();
}
