using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>Two pipes: their round trip takes half the time of a socket's.</summary>
/// <param name="input">The end that the host reads.</param>
/// <param name="inputWriter">Another writing end of that pipe, which can wake the reader; it does not block.</param>
/// <param name="output">The end that the host writes; it does not block.</param>
internal sealed class PipePort(Descriptor input, Descriptor inputWriter, Descriptor output) : DataPort
{
    private bool _nonblocking;

    public override Descriptor ReadEnd => input;

    public override Descriptor WriteEnd => output;

    public override int Read(Span<byte> buffer) => input.Read(buffer);

    public override int ReadNow(Span<byte> buffer)
    {
        if (!_nonblocking)
        {
            _nonblocking = true;
            input.StopBlocking();
        }
        return input.Read(buffer);
    }

    public override int Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);

    public override void EndWriting() => output.Dispose();

    /// <remarks>A full pipe needs no byte: its reader has something to read already.</remarks>
    public override bool Wake() => inputWriter.Write([0]) == 1;

    public override void Dispose()
    {
        input.Dispose();
        inputWriter.Dispose();
        output.Dispose();
    }
}
