using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Rejects tasks. As an object with properties, <see cref="Task{T}.Result"/> would block the caller until the task completes.
/// </summary>
internal sealed class TaskConverter : JsonConverter<Task>
{
    public override bool CanConvert(Type typeToConvert) => typeof(Task).IsAssignableFrom(typeToConvert);

    public override Task Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("A task is not a value; read the type of its result.");

    public override void Write(Utf8JsonWriter writer, Task value, JsonSerializerOptions options) =>
        throw new JsonException("A task is not a value; await it and send its result.");
}
