using System.Buffers;
using System.Text.Json;

namespace Snakepit.Testing;

/// <summary>.NET exceptions as Python ones, on the wire and in a failed start.</summary>
internal static class FakeError
{
    public static ToolError Describe(Exception error) => error is FakeToolException fake
        ? new ToolError
        {
            Type = fake.Type,
            Module = fake.Module,
            Bases = fake.Bases,
            Message = fake.Message,
            Traceback = $"Traceback (most recent call last):\n{fake.Type}: {fake.Message}\n",
        }
        : new ToolError
        {
            // A mistake in the test itself: under its own name, with its own stack.
            Type = error.GetType().Name,
            Module = error.GetType().Namespace ?? "",
            Bases = ["Exception", "BaseException"],
            Message = error.Message,
            Traceback = error.ToString(),
        };

    /// <summary>The body of an ERROR frame.</summary>
    public static ReadOnlySpan<byte> Encode(Exception exception)
    {
        ToolError error = Describe(exception);
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteString("type", error.Type);
        json.WriteString("module", error.Module);
        json.WriteStartArray("bases");
        foreach (string name in error.Bases)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        json.WriteString("message", error.Message);
        json.WriteString("traceback", error.Traceback);
        json.WriteEndObject();
        json.Flush();
        return body.WrittenSpan;
    }
}
