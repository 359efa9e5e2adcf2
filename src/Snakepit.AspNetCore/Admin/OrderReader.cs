using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Snakepit.AspNetCore.Contract;
using Snakepit.Values;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Reads orders from the bodies of requests, and says what is wrong with those that are none.</summary>
internal static class OrderReader
{
    /// <summary>Reads an order; without a body, one without members.</summary>
    /// <exception cref="AdminException">The body is no such order.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        using JsonDocument? body = await ParseAsync(http).ConfigureAwait(false);
        JsonElement order = body?.RootElement ?? JsonElement.Parse("{}");
        if (order.ValueKind != JsonValueKind.Object)
        {
            throw NotAllowed($"The body is {Word(order)}; it should be an object. {Members(type)}");
        }
        if (!WholeText.IsIn(order))
        {
            throw NotAllowed($"The body cannot be read: {WholeText.Problem}");
        }
        CheckNames(order, type);
        try
        {
            return order.Deserialize(type)!;
        }
        catch (JsonException)
        {
            throw NotAllowed(WrongValue(order, type));
        }
    }

    public static AdminException NotAllowed(string detail) =>
        new(StatusCodes.Status400BadRequest, "The order is not allowed.", detail);

    private static async Task<JsonDocument?> ParseAsync(HttpContext http)
    {
        HttpRequest request = http.Request;
        if (!request.HasJsonContentType())
        {
            if (request.ContentLength is null or 0 && !request.Headers.ContainsKey("Transfer-Encoding"))
            {
                return null;
            }
            string sent = request.ContentType is { Length: > 0 } type ? $"'{Shown.Line(Shown.Text(type))}'" : "missing";
            throw new AdminException(
                StatusCodes.Status415UnsupportedMediaType, "The request body is not JSON.",
                $"The Content-Type of an order is application/json. This one is {sent}.");
        }
        try
        {
            return await JsonDocument.ParseAsync(request.Body, default, http.RequestAborted).ConfigureAwait(false);
        }
        catch (JsonException error)
        {
            throw NotAllowed($"The body is not JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1} cannot be read.");
        }
    }

    /// <summary>Looks for members that an order of this type does not have, has twice, or needs.</summary>
    private static void CheckNames<T>(JsonElement order, JsonTypeInfo<T> type)
    {
        string[] known = [.. type.Properties.Select(static member => member.Name)];
        string[] sent = [.. order.EnumerateObject().Select(static member => member.Name)];
        if (DoubledName.In(order, StringComparer.OrdinalIgnoreCase) is { } twice)
        {
            throw NotAllowed($"Member '{Shown.Line(Shown.Text(twice))}' is given twice.");
        }
        if (sent.FirstOrDefault(name => Find(type, name) is null) is { } unknown)
        {
            throw NotAllowed($"An order of this kind has no member '{Shown.Line(Shown.Text(unknown))}'."
                + $"{NearName.Suggest(unknown, known)} {Members(type)}");
        }
        if (type.Properties.FirstOrDefault(member => member.IsRequired && !sent.Any(name => Find(type, name) == member)) is { } missing)
        {
            throw NotAllowed($"Member '{missing.Name}' is missing: {Word(missing.PropertyType)}. {Members(type)}");
        }
    }

    private static JsonPropertyInfo? Find(JsonTypeInfo type, string name) =>
        type.Properties.FirstOrDefault(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Says which member has a value of another type.</summary>
    private static string WrongValue<T>(JsonElement order, JsonTypeInfo<T> type)
    {
        foreach (JsonProperty member in order.EnumerateObject())
        {
            if (Find(type, member.Name) is { } found && !Fits(member.Value, found))
            {
                return $"Member '{found.Name}' is {Word(member.Value)}; it should be {Word(found.PropertyType)}.";
            }
        }
        return $"The body is no order. {Members(type)}";
    }

    private static bool Fits(JsonElement value, JsonPropertyInfo member) => Type.GetTypeCode(Underlying(member.PropertyType)) switch
    {
        _ when value.ValueKind == JsonValueKind.Null => !member.IsRequired,
        TypeCode.Int32 => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _),
        TypeCode.Double => value.ValueKind == JsonValueKind.Number,
        TypeCode.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        TypeCode.String => value.ValueKind == JsonValueKind.String,
        _ => true,
    };

    private static string Members<T>(JsonTypeInfo<T> type) =>
        $"Its members: {string.Join(", ", type.Properties.Select(static member => member.Name))}.";

    private static string Word(Type type) => Type.GetTypeCode(Underlying(type)) switch
    {
        TypeCode.Int32 => "a whole number below 2,147,483,648",
        TypeCode.Double => "a number",
        TypeCode.Boolean => "true or false",
        TypeCode.String => "a text",
        _ => "an object or a list",
    };

    private static string Word(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        JsonValueKind.String => $"the text '{Shown.Line(Shown.Text(value.GetString()!))}'",
        _ => Shown.Text(value.GetRawText()),
    };

    private static Type Underlying(Type type) => Nullable.GetUnderlyingType(type) ?? type;
}
