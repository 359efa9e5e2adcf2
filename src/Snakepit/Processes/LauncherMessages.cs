using System.Buffers.Binary;
using System.Text;

namespace Snakepit.Processes;

/// <summary>The payloads of messages to the launcher.</summary>
internal static class LauncherMessages
{
    public static byte[] Spawn(ChildCommand command) => Command(command, default);

    /// <param name="command">How it is started.</param>
    /// <param name="instructions">What it is told first.</param>
    public static byte[] Zygote(ChildCommand command, ReadOnlySpan<byte> instructions) => Command(command, instructions);

    public static byte[] Fork(uint zygote) => Number((int)zygote);

    public static byte[] Signal(int signal) => Number(signal);

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
