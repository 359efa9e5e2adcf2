using System.Buffers;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Encodes values as the bodies of CALL and RESULT, and decodes them. ERROR bodies are JSON in every codec. Thread-safe.</summary>
internal interface IValueCodec
{
    /// <summary>Does the work that the first call would otherwise wait for.</summary>
    void Prepare();

    /// <summary>Writes a call's body. After an exception, <paramref name="body"/> contains part of one.</summary>
    /// <exception cref="ArgumentException">An argument cannot be sent; the message names it.</exception>
    void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments, in CallExtras extras = default);

    /// <summary>Writes a value as the body of a RESULT.</summary>
    /// <exception cref="JsonException">The value cannot be sent.</exception>
    /// <exception cref="NotSupportedException">The type of the value cannot be written.</exception>
    void WriteValue(IBufferWriter<byte> body, object? value);

    /// <summary>Reads a result.</summary>
    /// <exception cref="JsonException">The body is malformed, or does not fit <typeparamref name="T"/> without loss.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> cannot be read.</exception>
    T Read<T>(ReadOnlySpan<byte> body);

    /// <summary>Reads an error object; missing parts stay empty.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    ToolError ReadError(ReadOnlySpan<byte> body);
}
