using System.Buffers.Binary;
using System.Text;
using Snakepit.Frames;

namespace Snakepit.Processes;

/// <summary>Writes the payloads of messages to the launcher, and reads messages from it.</summary>
internal static class LauncherMessages
{
    public const int HeaderSize = 9; // length u32, op u8, token u32
    public const int MaxSize = 64 * 1024;

    /// <summary>Takes the first whole message of the received bytes; returns false when it is incomplete.</summary>
    /// <exception cref="ProtocolException">A launcher sends no such message.</exception>
    public static bool TryTake(ReadOnlySpan<byte> received, out LauncherOp op, out uint token, out ReadOnlySpan<byte> payload)
    {
        op = default;
        token = 0;
        payload = default;
        if (received.Length < HeaderSize)
        {
            return false;
        }
        long length = BinaryPrimitives.ReadUInt32LittleEndian(received) + (long)sizeof(uint);
        op = (LauncherOp)received[sizeof(uint)];
        if (length > MaxSize || length < HeaderSize + LeastPayload(op))
        {
            throw new ProtocolException($"The launcher sent a message of {length} bytes and kind {(byte)op}, which is impossible.");
        }
        if (received.Length < length)
        {
            return false;
        }
        token = BinaryPrimitives.ReadUInt32LittleEndian(received[(sizeof(uint) + 1)..]);
        payload = received[HeaderSize..(int)length];
        return true;
    }

    public static byte[] Spawn(ChildCommand command) => Command(command, default);

    /// <param name="command">The command line and environment.</param>
    /// <param name="instructions">The first message to the zygote.</param>
    public static byte[] Zygote(ChildCommand command, ReadOnlySpan<byte> instructions) => Command(command, instructions);

    public static byte[] Fork(uint zygote) => Number((int)zygote);

    public static byte[] Signal(int signal) => Number(signal);

    private static int LeastPayload(LauncherOp op) => op switch
    {
        LauncherOp.Ready or LauncherOp.SpawnFailed => sizeof(uint),
        LauncherOp.Started => sizeof(uint) + 1, // the pid, and whether its pidfd comes with it
        LauncherOp.Exited => 1 + sizeof(int) + (3 * sizeof(long)),
        LauncherOp.ZygoteReady or LauncherOp.ZygoteRefused or LauncherOp.ZygoteOutdated => 0,
        _ => MaxSize, // an unknown message
    };

    private static byte[] Number(int number)
    {
        byte[] payload = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);
        return payload;
    }

    private static byte[] Command(ChildCommand command, ReadOnlySpan<byte> rest)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((uint)bytes.Length);
            writer.Write(bytes);
        }

        writer.Write((uint)command.Arguments.Count);
        foreach (string argument in command.Arguments)
        {
            Text(argument);
        }
        writer.Write((uint)command.Environment.Count);
        foreach ((string name, string value) in command.Environment)
        {
            Text($"{name}={value}");
        }
        Text(command.WorkingDirectory);
        writer.Write(rest);
        writer.Flush();
        return stream.ToArray();
    }
}
