using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>One end of a socket pair, which every Unix has.</summary>
internal sealed class SocketPort(Descriptor socket) : DataPort
{
    public override Descriptor ReadEnd => socket;

    public override Descriptor WriteEnd => socket;

    public override int Read(Span<byte> buffer) => socket.Read(buffer);

    public override int ReadNow(Span<byte> buffer) => socket.Receive(buffer);

    public override int Write(ReadOnlySpan<byte> buffer) => socket.Send(buffer);

    public override void EndWriting()
    {
        if (!socket.IsClosed)
        {
            socket.Shutdown(Libc.ShutWrite);
        }
    }

    public override bool Wake()
    {
        socket.Shutdown(Libc.ShutRead); // what was sent before can still be read
        return false;
    }

    public override void Dispose() => socket.Dispose();
}
