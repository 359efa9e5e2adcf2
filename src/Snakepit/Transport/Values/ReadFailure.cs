using System.Text;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Transport.Values;

/// <summary>Says why a result cannot be read: the type that was asked for, what Python sent, and where in it the trouble is.</summary>
internal static class ReadFailure
{
    /// <summary>Characters of a string of .NET's.</summary>
    public const int LongestText = 1_073_741_791;

    private const int MostNames = 5;

    /// <summary>Whether an exception comes from the code of the type that is read: a constructor, a property or a converter that refuses a value.</summary>
    public static bool IsOfTheType(Exception error) =>
        error is not (JsonException or NotSupportedException or OutOfMemoryException or InsufficientExecutionStackException)
        && error.Source != typeof(JsonSerializer).Assembly.GetName().Name; // a contract that cannot be: no value would fit

    /// <summary>As <see cref="Explain(Type, JsonException, ReadOnlySpan{byte})"/>, where the type's own code refused a value.</summary>
    public static UnfitResultException Explain(Type type, Exception error, ReadOnlySpan<byte> body) =>
        Explain(type, new JsonException($"The type refused a value with {error.GetType().Name}: {error.Message}", error), body);

    public static UnfitResultException Explain(Type type, JsonException error, ReadOnlySpan<byte> body)
    {
        string sent = "something that is no JSON";
        string path = error.Path ?? "$";
        string at = "";
        string? marked = null;
        try
        {
            sent = Describe(ReaderOf(body));
            marked = body.IndexOf("\"__snakepit_unserializable__\""u8) >= 0 ? Unserializable.FindType(body) : null;
            if (error is { LineNumber: null or 0, BytePositionInLine: long position })
            {
                var found = new ValuePath(body, position);
                path = found.Path;
                at = path == "$" ? "" : $"; at {path} it has {Describe(found.Value)}";
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            // It is malformed, which the reason says.
        }
        string reason = marked is not null
            ? $"Python could not encode its value of type {marked}."
            : ReasonOf(error);
        string message = $"The result cannot be read as {NameOf(type)}. Python sent {sent}{at}. {reason}";
        return new UnfitResultException(message, sent, path, error);
    }

    public static UnfitResultException TextTooLong(Type type, int size, OutOfMemoryException error) =>
        new($"The result cannot be read as {NameOf(type)}. It has {size:N0} bytes, and a string of .NET has at most {LongestText:N0} characters.",
            "a str", "$", error);

    /// <summary>An exception's message without the position that the serializer writes behind it.</summary>
    public static string ReasonOf(JsonException error)
    {
        int position = error.Message.LastIndexOf(" Path: ", StringComparison.Ordinal);
        return position < 0 ? error.Message : error.Message[..position];
    }

    /// <summary>A type as C# spells it, without namespaces.</summary>
    public static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }
        return type.IsGenericType
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
            : type.Name;
    }

    /// <summary>What the reader stands at, in Python's words. Says nothing of the content.</summary>
    private static string Describe(Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => "None",
        JsonTokenType.True or JsonTokenType.False => "a bool",
        JsonTokenType.String => "a str",
        JsonTokenType.Number => reader.ValueSpan.IndexOfAny(".eE"u8) >= 0 ? "a float" : "an int",
        JsonTokenType.StartArray => $"a list of {Count(reader)} items",
        JsonTokenType.StartObject => Tagged.TryReadTag(ref reader) ? DescribeTagged(reader) : DescribeMap(reader),
        _ => "a malformed value",
    };

    private static string DescribeTagged(Utf8JsonReader reader)
    {
        string tag = reader.GetString()!;
        return tag switch
        {
            "array" => NdArrayConverter.ReadTagged(ref reader) is var array
                ? $"an array of {NameOf(array.DType)} with shape ({string.Join(", ", array.Shape)}{(array.Shape.Count == 1 ? "," : "")})"
                : "",
            "table" => TableConverter.ReadTagged(ref reader) is var table
                ? $"a table of {table.RowCount} rows with {Some("column", table.Names.Count, [.. table.Names.Take(MostNames)])}"
                : "",
            "map" => "a dict with keys that are no str",
            "float" => "a float",
            "decimal" or "uuid" => $"a {(tag == "uuid" ? "UUID" : "Decimal")}",
            _ => $"a {tag}",
        };
    }

    private static string DescribeMap(Utf8JsonReader reader)
    {
        List<string> names = [];
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            if (count == 0 && name == Protocol.ValueUnserializable)
            {
                return "a value without a form";
            }
            if (count++ < MostNames)
            {
                names.Add(name);
            }
            reader.Read();
            reader.Skip();
        }
        return $"a dict with {Some("key", count, names)}";
    }

    private static string Some(string what, int count, List<string> names)
    {
        string shown = string.Join(", ", names.Select(static name => $"'{(name.Length > 40 ? $"{name.AsSpan(0, 40)}…" : name)}'"));
        return count == 0 ? $"no {what}s" : $"the {what}{(count == 1 ? "" : "s")} {shown}{(count > names.Count ? $" and {count - names.Count} more" : "")}";
    }

    private static int Count(Utf8JsonReader reader)
    {
        int count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            reader.Skip();
        }
        return count;
    }

    /// <summary>numpy's name of a type: float64 for &lt;f8.</summary>
    private static string NameOf(string dtype) => dtype[1] switch
    {
        'b' => "bool",
        'i' => $"int{DTypes.SizeOf(dtype) * 8}",
        'u' => $"uint{DTypes.SizeOf(dtype) * 8}",
        'f' => $"float{DTypes.SizeOf(dtype) * 8}",
        'c' => $"complex{DTypes.SizeOf(dtype) * 8}",
        'M' => $"datetime64{dtype[3..]}",
        'm' => $"timedelta64{dtype[3..]}",
        _ => dtype,
    };

    private static Utf8JsonReader ReaderOf(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
        reader.Read();
        return reader;
    }

    /// <summary>The innermost value that holds a byte.</summary>
    private readonly ref struct ValuePath
    {
        public ValuePath(ReadOnlySpan<byte> body, long position)
        {
            Utf8JsonReader reader = ReaderOf(body);
            var path = new StringBuilder("$");
            Value = reader;
            while (reader.BytesConsumed < position && Enter(ref reader, position, path))
            {
                Value = reader;
            }
            Path = path.ToString();
        }

        public string Path { get; }

        public Utf8JsonReader Value { get; }

        /// <summary>Moves from a container to its member that holds the position; false when none does, or they have no path.</summary>
        private static bool Enter(ref Utf8JsonReader reader, long position, StringBuilder path)
        {
            Utf8JsonReader ahead = reader;
            bool isMap = reader.TokenType == JsonTokenType.StartObject;
            if ((!isMap && reader.TokenType != JsonTokenType.StartArray) || Tagged.TryReadTag(ref ahead))
            {
                return false;
            }
            for (int i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject); i++)
            {
                string step = $"[{i}]";
                if (isMap)
                {
                    string name = reader.GetString()!;
                    step = name.All(static c => char.IsLetterOrDigit(c) || c == '_') ? $".{name}" : $"['{name}']";
                    reader.Read();
                }
                Utf8JsonReader value = reader;
                reader.Skip();
                if (reader.BytesConsumed >= position)
                {
                    path.Append(step);
                    reader = value;
                    return true;
                }
            }
            return false;
        }
    }
}
