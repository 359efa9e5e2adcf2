using System.Buffers.Binary;
using System.Text;
using Snakepit.Frames;
using Snakepit.Processes;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Fuzzes the reader of the launcher's messages.</summary>
internal sealed class LauncherTarget : FuzzTarget
{
    public override string Name => "launcher";

    public override IReadOnlyList<byte[]> Corpus { get; } =
    [
        Message(LauncherOp.Ready, [1, 0, 0, 0]),
        Message(LauncherOp.Started, [1, 2, 0, 0, 1]),
        Message(LauncherOp.SpawnFailed, [.. "\u0002\0\0\0No such file"u8]),
        Message(LauncherOp.Exited, new byte[29]),
        Message(LauncherOp.ZygoteReady, Encoding.UTF8.GetBytes("14 modules")),
        Message(LauncherOp.ZygoteRefused, "a thread"u8),
    ];

    public override void Take(byte[] input, ref SimRandom random)
    {
        ReadOnlySpan<byte> left = input;
        try
        {
            while (LauncherMessages.TryTake(left, out LauncherOp op, out uint token, out ReadOnlySpan<byte> payload))
            {
                byte[] again = Message(op, payload, token);
                Require(left.StartsWith(again), "a message written again differs");
                Require(Enum.IsDefined(op) && op >= LauncherOp.Ready, "it took a message that launchers do not send");
                left = left[again.Length..];
            }
            bool isPartial = left.Length < LauncherMessages.HeaderSize
                || BinaryPrimitives.ReadUInt32LittleEndian(left) + sizeof(uint) > left.Length;
            Require(isPartial, "it left a whole message");
        }
        catch (ProtocolException)
        {
        }
    }

    private static byte[] Message(LauncherOp op, ReadOnlySpan<byte> payload, uint token = 7)
    {
        byte[] message = new byte[LauncherMessages.HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(message, message.Length - sizeof(uint));
        message[sizeof(uint)] = (byte)op;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(sizeof(uint) + 1), token);
        payload.CopyTo(message.AsSpan(LauncherMessages.HeaderSize));
        return message;
    }
}
