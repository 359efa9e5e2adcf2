using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts untyped dictionaries, such as <see cref="Hashtable"/>, like typed ones. It does not read.</summary>
internal sealed class UntypedMapConverter : JsonConverter<IDictionary>
{
    private static readonly MapConverter<Dictionary<string, object?>, string, object?> s_named = new();
    private static readonly MapConverter<Dictionary<object, object?>, object, object?> s_any = new();

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A dictionary that has lost an interface is written the same.")]
    public override bool CanConvert(Type typeToConvert) =>
        typeof(IDictionary).IsAssignableFrom(typeToConvert) && !typeToConvert.IsGenericType
        && !typeToConvert.GetInterfaces()
            .Any(static face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IDictionary<,>));

    public override IDictionary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException($"{Shown.Type(typeToConvert)} cannot be filled; read a Dictionary<,>.");

    public override void Write(Utf8JsonWriter writer, IDictionary value, JsonSerializerOptions options)
    {
        if (value.Keys.Cast<object>().All(static key => key is string))
        {
            s_named.Write(
                writer,
                value.Cast<DictionaryEntry>().ToDictionary(static entry => (string)entry.Key, static entry => entry.Value),
                options);
        }
        else
        {
            s_any.Write(
                writer, value.Cast<DictionaryEntry>().ToDictionary(static entry => entry.Key, static entry => entry.Value), options);
        }
    }
}
