using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Snakepit.Configuration;

namespace Snakepit.OptionPages;

/// <summary>Writes the JSON schema by which editors complete and check a section named <c>Snakepit</c>. It knows the spellings that the
/// documentation shows; the library takes a few more, such as numbers as texts, and names in any case.</summary>
internal static class ConfigurationSchema
{
    private const string PoolDefinition = "snakepitPool";
    private const string PoolNamePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
    private const string Clock = @"(\d+\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?";
    private const string Duration = @"\d+(\.\d+)?(ms|s|m|h|d)|" + Clock;
    private const string Size = @"^\d+([KMGT]i?)?B$";

    private static readonly JsonSerializerOptions s_json =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n", WriteIndented = true };

    public static string Write(IReadOnlyList<Setting> runtime, IReadOnlyList<Setting> pool, Func<string, string> describeGroup)
    {
        JsonObject properties = Properties(runtime);
        properties["Defaults"] = Pool();
        properties["Pools"] = new JsonObject
        {
            ["type"] = "object",
            ["description"] = "The pools by name, each with its settings.",
            ["patternProperties"] = new JsonObject { [PoolNamePattern] = Pool() },
            ["additionalProperties"] = false,
        };
        JsonObject poolProperties = Properties(pool.Where(static setting => !IsInGroup(setting)));
        foreach (IGrouping<string, Setting> group in pool.Where(IsInGroup).GroupBy(static setting => setting.Option.Path.Split('.')[0]))
        {
            poolProperties[group.Key] = Section(describeGroup(group.Key), Properties(group));
        }
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["type"] = "object",
            ["properties"] = new JsonObject { ["Snakepit"] = Section("Pools of Python worker processes.", properties) },
            ["definitions"] = new JsonObject { [PoolDefinition] = Section("The settings of a pool.", poolProperties) },
        };
        return $"{schema.ToJsonString(s_json)}\n";
    }

    private static bool IsInGroup(Setting setting) => setting.Option.Path.Contains('.');

    private static JsonObject Pool() => new() { ["$ref"] = $"#/definitions/{PoolDefinition}" };

    private static JsonObject Section(string description, JsonObject properties) => new()
    {
        ["type"] = "object",
        ["description"] = description,
        ["properties"] = properties,
        ["additionalProperties"] = false,
    };

    private static JsonObject Properties(IEnumerable<Setting> settings) =>
        new(settings.Select(static setting => new KeyValuePair<string, JsonNode?>(setting.Option.Path.Split('.')[^1], Property(setting))));

    private static JsonObject Property(Setting setting)
    {
        JsonObject property = Type(setting);
        if (setting.Option.Type.MayBeNull || setting.Option.Type is ListType or MapType)
        {
            property["type"] = new JsonArray(property["type"]!.DeepClone(), "null");
        }
        property["description"] = string.Join(
            "\n", [setting.Meaning, .. setting.Choices.Select(static choice => $"{choice.Name}: {choice.Meaning}")]).Replace("`", "");
        if (setting.FixedDefault is { } value)
        {
            property["default"] = JsonSerializer.SerializeToNode(value);
        }
        return property;
    }

    private static JsonObject Type(Setting setting) => setting.Option.Type.NotNull switch
    {
        SwitchType => new JsonObject { ["type"] = "boolean" },
        TextType => new JsonObject { ["type"] = "string" },
        ListType => new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
        MapType => new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean", "null") },
        },
        RangeType<int> number => Bounds("integer", number),
        RangeType<double> fraction => Bounds("number", fraction),
        RangeType<MemorySize> => new JsonObject { ["type"] = "string", ["pattern"] = Size },
        RangeType<TimeSpan> duration => new JsonObject
        {
            ["type"] = "string",
            ["pattern"] = duration.Or == Timeout.InfiniteTimeSpan ? $"^({Duration}|infinite)$" : $"^({Duration})$",
        },
        _ => new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. setting.Choices.Select(static choice => (JsonNode?)choice.Name)]),
        },
    };

    private static JsonObject Bounds<T>(string type, RangeType<T> range)
        where T : struct, IComparable<T>
    {
        var bounds = new JsonObject { ["type"] = type };
        foreach ((string keyword, T? bound) in new[]
        {
            ("minimum", range.Least), ("exclusiveMinimum", range.Above), ("maximum", range.Most), ("exclusiveMaximum", range.Below),
        })
        {
            if (bound is { } value)
            {
                bounds[keyword] = JsonValue.Create(value);
            }
        }
        return bounds;
    }
}
