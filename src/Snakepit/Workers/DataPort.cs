using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The host's end of a worker's data channel. One thread reads; one thread at a time writes.</summary>
internal abstract class DataPort : IDisposable
{
    /// <summary>The descriptor that becomes readable when the worker has written.</summary>
    public abstract Descriptor ReadEnd { get; }

    /// <summary>The descriptor that becomes writable when there is room again.</summary>
    public abstract Descriptor WriteEnd { get; }

    /// <summary>Waits for bytes; returns their number, or a negated error number.</summary>
    public abstract int Read(Span<byte> buffer);

    /// <summary>Reads like <see cref="Read"/>, but returns -EAGAIN when there is nothing yet. The two must not be mixed.</summary>
    public abstract int ReadNow(Span<byte> buffer);

    /// <summary>Writes what fits; returns the number of bytes, or a negated error number.</summary>
    public abstract int Write(ReadOnlySpan<byte> buffer);

    /// <summary>Ends the worker's input after the written bytes.</summary>
    public abstract void EndWriting();

    /// <summary>Wakes a thread in <see cref="Read"/>, even when a descendant of the worker keeps the channel open.</summary>
    /// <returns>True when the last byte to be read is not the worker's, but the one that woke the thread.</returns>
    public abstract bool Wake();

    public abstract void Dispose();
}
