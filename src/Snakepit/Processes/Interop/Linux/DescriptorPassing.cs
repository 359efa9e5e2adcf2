using System.Runtime.InteropServices;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>Sends and receives descriptors over a Unix socket (SCM_RIGHTS).</summary>
internal static unsafe class DescriptorPassing
{
    private const int MaxDescriptors = 16;
    private static readonly int s_headerSize = (sizeof(Libc.ControlHeader) + sizeof(nuint) - 1) & ~(sizeof(nuint) - 1);

    /// <summary>Sends without blocking, the descriptors with the first byte; returns the bytes sent, or a negated error number.</summary>
    public static int Send(Descriptor socket, ReadOnlySpan<byte> data, ReadOnlySpan<int> descriptors)
    {
        int controlLength = s_headerSize + (descriptors.Length * sizeof(int));
        byte* control = stackalloc byte[s_headerSize + (MaxDescriptors * sizeof(int))];
        var header = (Libc.ControlHeader*)control;
        header->Length = (nuint)controlLength;
        header->Level = Libc.SolSocket;
        header->Type = Libc.ScmRights;
        descriptors.CopyTo(new Span<int>(control + s_headerSize, descriptors.Length));
        fixed (byte* p = data)
        {
            var vector = new Libc.IoVector { Base = p, Length = (nuint)data.Length };
            var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (descriptors.Length > 0)
            {
                message.Control = control;
                message.ControlLength = (nuint)((controlLength + sizeof(nuint) - 1) & ~(sizeof(nuint) - 1));
            }
            while (true)
            {
                nint count = Libc.sendmsg(socket.Number, &message, Libc.MsgNoSignal | Libc.MsgDontWait);
                if (count >= 0)
                {
                    return (int)count;
                }
                int error = Marshal.GetLastPInvokeError();
                if (error != Libc.EIntr)
                {
                    return -error;
                }
            }
        }
    }

    /// <summary>
    /// Returns whether a result of <see cref="Send"/> means to retry later: the peer's buffer is full, or too many descriptors are in
    /// flight.
    /// </summary>
    public static bool IsLackOfRoom(int sent) => sent is -Libc.EAgain or -Libc.ENoBufs or -Libc.ETooManyRefs;

    /// <summary>
    /// Returns whether a result of <see cref="Send"/> means that too many descriptors are in flight. No event reports that there are fewer.
    /// </summary>
    public static bool IsOverload(int sent) => sent is -Libc.ENoBufs or -Libc.ETooManyRefs;

    /// <summary>
    /// Receives what is there without blocking, and adds descriptors to <paramref name="descriptors"/>: an invalid one for each that
    /// exceeds this process's limit. Returns the bytes, 0 at the end, or a negated error number.
    /// </summary>
    public static int Receive(Descriptor socket, Span<byte> buffer, Queue<Descriptor> descriptors)
    {
        int controlSize = s_headerSize + (MaxDescriptors * sizeof(int));
        byte* control = stackalloc byte[controlSize];
        fixed (byte* p = buffer)
        {
            var vector = new Libc.IoVector { Base = p, Length = (nuint)buffer.Length };
            var message =
                new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)controlSize };
            nint count = Libc.recvmsg(socket.Number, &message, Libc.MsgCmsgCloexec | Libc.MsgDontWait);
            if (count < 0)
            {
                return -Marshal.GetLastPInvokeError();
            }
            bool isLost = (message.Flags & Libc.MsgCtrunc) != 0;
            if (message.ControlLength >= (nuint)s_headerSize)
            {
                var header = (Libc.ControlHeader*)control;
                int length = (int)header->Length - s_headerSize;
                if (header->Level == Libc.SolSocket && header->Type == Libc.ScmRights)
                {
                    foreach (int number in new ReadOnlySpan<int>(control + s_headerSize, length / sizeof(int)))
                    {
                        descriptors.Enqueue(new Descriptor(number));
                        isLost = false;
                    }
                }
            }
            if (isLost)
            {
                descriptors.Enqueue(new Descriptor(-1)); // else its message would take the descriptor of the next one
            }
            return (int)count;
        }
    }
}
