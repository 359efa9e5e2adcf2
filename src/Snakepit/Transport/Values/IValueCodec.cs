using System.Buffers;
using System.Text.Json;

namespace Snakepit.Transport.Values;

/// <summary>How values become the bodies of CALL and RESULT, and back. ERROR bodies are json in every codec. Safe for any number of
/// threads.</summary>
internal interface IValueCodec
{
    /// <summary>Writes a call's body. After an exception <paramref name="body"/> holds part of one.</summary>
    /// <exception cref="ArgumentException">An argument cannot be sent; the message names it.</exception>
    void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments);

    /// <summary>Writes a value as the body of a RESULT.</summary>
    /// <exception cref="JsonException">It cannot be sent.</exception>
    /// <exception cref="NotSupportedException">There is no way to write its type.</exception>
    void WriteValue(IBufferWriter<byte> body, object? value);

    /// <summary>Reads a result.</summary>
    /// <exception cref="JsonException">It is malformed, or does not fit <typeparamref name="T"/> without loss.</exception>
    /// <exception cref="NotSupportedException">There is no way to read <typeparamref name="T"/>.</exception>
    T Read<T>(ReadOnlySpan<byte> body);

    /// <summary>Reads an error object; what is missing in it is left empty.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    ToolError ReadError(ReadOnlySpan<byte> body);
}
