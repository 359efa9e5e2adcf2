using System.Globalization;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Explains why a result cannot be read: the requested type, what Python sent, and the position of the problem.</summary>
internal static class ReadFailure
{
    /// <summary>The most characters of a .NET string.</summary>
    public const int LongestText = 1_073_741_791;

    private const int MostNames = 5;
    private const int LongestShownKey = 40;

    /// <summary>
    /// Returns whether the code of the type that is read has thrown: a constructor, a property or a converter that rejects a value.
    /// </summary>
    public static bool IsOfTheType(Exception error) =>
        error is not (JsonException or NotSupportedException or OutOfMemoryException or InsufficientExecutionStackException)
        && error.Source != typeof(JsonSerializer).Assembly.GetName().Name; // an invalid contract, which no value would fit

    /// <summary>
    /// Explains as <see cref="Explain(Type, JsonException, ReadOnlySpan{byte}, JsonSerializerOptions)"/> does, where the type's own code
    /// rejected a value.
    /// </summary>
    public static UnfitResultException Explain(Type type, Exception error, ReadOnlySpan<byte> body, JsonSerializerOptions options) =>
        Explain(type, new JsonException($"The type refused a value with {Shown.Headline(error)}", error), body, options);

    /// <param name="type">The requested type.</param>
    /// <param name="error">The reason why it cannot be read.</param>
    /// <param name="body">The data from Python.</param>
    /// <param name="options">The contracts by which it was read.</param>
    public static UnfitResultException Explain(Type type, JsonException error, ReadOnlySpan<byte> body, JsonSerializerOptions options)
    {
        string sent = "something that is no JSON";
        string path = Shown.Ends(error.Path ?? "$", ValuePath.Longest);
        string there = "";
        string? marked = null;
        Type? wanted = (error as ValueMismatchException)?.Wanted;
        try
        {
            sent = Describe(ReaderOf(body));
            marked = body.IndexOf("\"__snakepit_unserializable__\""u8) >= 0 ? Unserializable.FindType(body) : null;
            if (error is { LineNumber: null or 0, BytePositionInLine: long position })
            {
                var found = new ValuePath(body, position, type, options);
                path = found.Path;
                wanted ??= found.Wanted;
                there = path == "$" ? "" : $", and at {path} {Describe(found.Value)}";
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or NotSupportedException
            or FormatException or ArgumentException or OverflowException)
        {
            // The body is malformed, as the reason says.
        }
        string why = marked is not null ? $". Python could not encode its value of type {Shown.Text(marked)}."
            : !IsMismatch(error) ? $". {Shown.Text(ReasonOf(error), Shown.LongestReason)}"
            : there.Length > 0 && wanted is not null ? $" where {Shown.Type(wanted)} is wanted."
            : ".";
        return new UnfitResultException(
            $"The result cannot be read as {Shown.Type(type)}: Python sent {sent}{there}{why}", sent, path, Told(error));
    }

    public static UnfitResultException TextTooLong(Type type, int size, OutOfMemoryException error) =>
        new(string.Create(
                CultureInfo.InvariantCulture,
                $"The result cannot be read as {Shown.Type(type)}: it has {size:N0} bytes, "
                    + $"and a string of .NET has at most {LongestText:N0} characters."),
            "a str", "$", error);

    /// <summary>Returns an exception's message without the position that the serializer appends.</summary>
    public static string ReasonOf(JsonException error)
    {
        string message = Shown.FullMessage(error);
        int position = error.Path is null ? -1 : message.LastIndexOf($" Path: {error.Path} | LineNumber: ", StringComparison.Ordinal);
        return position < 0 ? message : message[..position];
    }

    public static Utf8JsonReader ReaderOf(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
        reader.Read();
        return reader;
    }

    /// <summary>
    /// Returns whether the exception only says that a value has another kind than its type. The serializer's exception types do not
    /// distinguish this.
    /// </summary>
    private static bool IsMismatch(JsonException error) =>
        error is ValueMismatchException
            || Shown.FullMessage(error).StartsWith("The JSON value could not be converted to ", StringComparison.Ordinal);

    /// <summary>
    /// Returns the inner exception to show. The serializer's message contains the whole path, which may have keys of any size.
    /// </summary>
    private static Exception? Told(JsonException error) =>
        Shown.FullMessage(error).Length <= Shown.LongestReason ? error : error.InnerException;

    /// <summary>Describes the reader's current value in Python's words, without its content.</summary>
    private static string Describe(Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => "None",
        JsonTokenType.True or JsonTokenType.False => "a bool",
        JsonTokenType.String => "a str",
        JsonTokenType.Number => reader.ValueSpan.IndexOfAny(".eE"u8) >= 0 ? "a float" : "an int",
        JsonTokenType.StartArray => Count(reader) is not 1 and var count ? $"a list of {count} items" : "a list of 1 item",
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
            _ => $"a {Shown.Text(tag, LongestShownKey)}",
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
        string shown = string.Join(", ", names.Select(static name => $"'{Shown.Text(name, LongestShownKey)}'"));
        return count == 0
            ? $"no {what}s"
            : $"the {what}{(count == 1 ? "" : "s")} {shown}{(count > names.Count ? $" and {count - names.Count} more" : "")}";
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

    /// <summary>Returns numpy's name of a type: float64 for &lt;f8.</summary>
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
}
