using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit;

/// <summary>Derives the JSON schema of the arguments of a method, which accepts anything where nothing is known.</summary>
[RequiresUnreferencedCode(HostMethod.Reflection)]
[RequiresDynamicCode(HostMethod.Reflection)]
internal static class HostToolSchema
{
    private static readonly JsonSerializerOptions s_types = new()
    {
        Converters = { new JsonStringEnumConverter() },
        MaxDepth = 48, // the schema is read with the usual limit, 64
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private static readonly JsonSchemaExporterOptions s_withNull = new() { TransformSchemaNode = Complete };
    private static readonly JsonSchemaExporterOptions s_withoutNull = new()
    {
        TransformSchemaNode = Complete,
        TreatNullObliviousAsNonNullable = true,
    };

    private static readonly Type[] s_bytes = [typeof(byte[]), typeof(Memory<byte>), typeof(ReadOnlyMemory<byte>)];
    private static readonly Type[] s_unlikeJson = [typeof(ArraySegment<byte>), typeof(BigInteger), typeof(Complex), typeof(DBNull)];

    public static JsonElement Of(IEnumerable<ParameterInfo> arguments)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (ParameterInfo argument in arguments)
        {
            if (argument.Name is not { } name)
            {
                continue; // it is given by position
            }
            properties[name] = Of(argument, name);
            if (!argument.HasDefaultValue)
            {
                required.Add((JsonNode)name);
            }
        }
        var schema = new JsonObject
        {
            ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false,
        };
        return JsonElement.Parse(schema.ToJsonString());
    }

    private static JsonNode Of(ParameterInfo argument, string name)
    {
        JsonNode schema;
        try
        {
            schema = s_types.GetJsonSchemaAsNode(argument.ParameterType, MayBeNull(argument) ? s_withNull : s_withoutNull);
            MoveReferences(schema, $"#/properties/{name}");
        }
        catch (Exception) // of a type that has no JSON, or of the type's own code
        {
            schema = new JsonObject();
        }
        schema = Described(schema, argument);
        return argument.HasDefaultValue ? WithDefault(schema, argument) : schema;
    }

    private static bool MayBeNull(ParameterInfo argument) =>
        (argument.HasDefaultValue && argument.DefaultValue is null)
        || new NullabilityInfoContext().Create(argument).WriteState != NullabilityState.NotNull;

    /// <summary>Says what Snakepit reads otherwise than the serializer does.</summary>
    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode schema)
    {
        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        bool isRefused = schema is JsonObject refused && refused.ContainsKey("not"); // by the serializer
        if (isRefused || s_unlikeJson.Contains(type) || type.IsAssignableTo(typeof(ITuple)))
        {
            schema = new JsonObject();
        }
        else if (schema is JsonObject known && type == typeof(TimeSpan))
        {
            known.Remove("$comment");
            known.Remove("pattern");
            known["format"] = "duration";
        }
        else if (schema is JsonObject text && s_bytes.Contains(type))
        {
            text["contentEncoding"] = "base64";
        }
        return Described(schema, context.PropertyInfo?.AttributeProvider);
    }

    private static JsonNode Described(JsonNode schema, ICustomAttributeProvider? target)
    {
        if (target?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is not [DescriptionAttribute description, ..])
        {
            return schema;
        }
        JsonObject described = schema as JsonObject ?? new JsonObject();
        described["description"] = description.Description;
        return described;
    }

    private static JsonObject WithDefault(JsonNode schema, ParameterInfo argument)
    {
        JsonObject complete = schema as JsonObject ?? new JsonObject();
        try
        {
            complete["default"] = JsonSerializer.SerializeToNode(argument.DefaultValue, argument.ParameterType, s_types);
        }
        catch (Exception) // it has no JSON: that of a struct, for one
        {
        }
        return complete;
    }

    /// <summary>Has references, which begin at the root, begin at the root of a larger schema.</summary>
    private static void MoveReferences(JsonNode? node, string root)
    {
        if (node is JsonArray array)
        {
            foreach (JsonNode? item in array)
            {
                MoveReferences(item, root);
            }
        }
        else if (node is JsonObject map)
        {
            foreach ((string key, JsonNode? value) in map.ToArray())
            {
                if (key == "$ref" && value is JsonValue reference && reference.TryGetValue(out string? path))
                {
                    map[key] = root + path[1..]; // without its #
                }
                else
                {
                    MoveReferences(value, root);
                }
            }
        }
    }
}
