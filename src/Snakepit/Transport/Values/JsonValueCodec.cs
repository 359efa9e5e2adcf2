using System.Buffers;

namespace Snakepit.Transport.Values;

/// <summary>The json codec: writes the body of a CALL and reads the bodies of RESULT and ERROR.</summary>
internal sealed class JsonValueCodec
{
    public void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments) => throw new NotSupportedException();

    public T Read<T>(ReadOnlySpan<byte> body) => throw new NotSupportedException();

    public ToolError ReadError(ReadOnlySpan<byte> body) => throw new NotSupportedException();
}
