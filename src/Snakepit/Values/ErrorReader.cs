using System.Runtime.InteropServices;
using System.Text.Json;

namespace Snakepit.Values;

/// <summary>Reads an ERROR body. It is lenient: the call has failed, and the error should contain as much as can be read.</summary>
internal static class ErrorReader
{
    private const int MostCauses = 50;

    public static ToolError Read(JsonElement error, int causesLeft = MostCauses)
    {
        if (error.ValueKind != JsonValueKind.Object)
        {
            return new ToolError { Type = "Exception", Message = AsText(error) ?? "" };
        }
        return new ToolError
        {
            Type = Text(error, "type", "Exception"),
            Module = Text(error, "module", "builtins"),
            Bases = Texts(error, "bases"),
            Message = Text(error, "message", ""),
            Arguments = Texts(error, "args"),
            Notes = Texts(error, "notes"),
            Frames = Frames(error),
            Traceback = Text(error, "traceback", ""),
            Cause = causesLeft > 0 && error.TryGetProperty("cause", out JsonElement cause) && cause.ValueKind == JsonValueKind.Object
                ? Read(cause, causesLeft - 1)
                : null,
        };
    }

    private static ToolStackFrame[] Frames(JsonElement error) =>
        [
            .. Items(error, "frames").Where(frame => frame.ValueKind == JsonValueKind.Object).Select(frame => new ToolStackFrame
            {
                File = Text(frame, "file", ""),
                Line = Number(frame, "line"),
                Function = Text(frame, "function", ""),
                Code = frame.TryGetProperty("code", out JsonElement code) ? AsText(code) : null,
            }),
        ];

    private static int Number(JsonElement frame, string name) =>
        frame.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : 0;

    private static string[] Texts(JsonElement error, string name) => [.. Items(error, name).Select(AsText).OfType<string>()];

    private static JsonElement.ArrayEnumerator Items(JsonElement error, string name) =>
        error.TryGetProperty(name, out JsonElement items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    private static string Text(JsonElement error, string name, string missing) =>
        (error.TryGetProperty(name, out JsonElement text) ? AsText(text) : null) ?? missing;

    /// <summary>Returns a string, plain or tagged because of its lone surrogates.</summary>
    private static string? AsText(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            try
            {
                return value.GetString();
            }
            catch (InvalidOperationException)
            {
                return null; // a lone surrogate without a tag: not worth the loss of the rest of the error
            }
        }
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty("v", out JsonElement utf16)
            && utf16.ValueKind == JsonValueKind.String && utf16.TryGetBytesFromBase64(out byte[]? bytes)
            ? new string(MemoryMarshal.Cast<byte, char>(bytes))
            : null;
    }
}
