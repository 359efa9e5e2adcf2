using System.Text.Json;
using System.Text.Json.Nodes;
using Snakepit.Frames;

namespace Snakepit.Cli.Output;

/// <summary>Writes the result of a call: for people text as it is and anything else as JSON, in which text stands for what JSON lacks; for
/// programs as the host sends it.</summary>
internal static class ResultView
{
    public static void Write(Terminal terminal, JsonElement result, bool asJson)
    {
        JsonNode? readable = asJson ? null : Readable(result);
        if (asJson)
        {
            terminal.WriteJson(result, CliJson.Document.JsonElement);
        }
        else if (readable?.GetValueKind() == JsonValueKind.String)
        {
            string text = readable.GetValue<string>();
            terminal.WriteLine(terminal.IsTerminal ? Shown.Printable(text) : text);
        }
        else
        {
            terminal.WriteJson(readable ?? JsonNode.Parse("null"), CliJson.Document.JsonNode);
        }
    }

    /// <summary>Returns the value with text instead of the forms in which values travel that JSON lacks.</summary>
    private static JsonNode? Readable(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => new JsonArray([.. value.EnumerateArray().Select(Readable)]),
        JsonValueKind.Object when value.TryGetProperty(Protocol.ValueUnserializable, out _) =>
            $"<{TextOf(value, "type")}, which has no form in JSON>",
        JsonValueKind.Object when value.TryGetProperty(Protocol.ValueTag, out JsonElement tag) => Tagged(tag.ToString(), value),
        JsonValueKind.Object => new JsonObject(
            value.EnumerateObject().Select(static member => KeyValuePair.Create(member.Name, Readable(member.Value)))),
        _ => JsonNode.Parse(value.GetRawText()),
    };

    private static JsonNode? Tagged(string tag, JsonElement value) => tag switch
    {
        "map" when value.TryGetProperty("v", out JsonElement pairs) => Map(pairs),
        "bytes" => $"<{Shown.Count(value.GetProperty("v").GetBytesFromBase64().Length, "byte")}: {TextOf(value, "v")}>",
        "array" => $"<array of {TextOf(value, "dtype")}, {string.Join(" x ", value.GetProperty("shape").EnumerateArray())}>",
        "float" or "decimal" or "datetime" or "date" or "time" or "uuid" => TextOf(value, "v"),
        "timedelta" => $"<timedelta: {TextOf(value, "v")} µs>",
        _ => $"<{tag}: {TextOf(value, "v")}>",
    };

    /// <summary>Returns a dictionary whose keys are not all text; those that are the same as text are numbered.</summary>
    private static JsonObject Map(JsonElement pairs)
    {
        var map = new JsonObject();
        foreach (JsonElement pair in pairs.EnumerateArray())
        {
            string key = Readable(pair[0]) is { } node ? node.ToString() : "null";
            string name = key;
            for (int number = 2; map.ContainsKey(name); number++)
            {
                name = $"{key} ({number})";
            }
            map.Add(name, Readable(pair[1]));
        }
        return map;
    }

    private static string TextOf(JsonElement value, string member) =>
        value.TryGetProperty(member, out JsonElement text) ? text.ToString() : "object";
}
