using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>
/// Finds parameters of constructors that Python did not send in any spelling. The serializer would only know the declared one.
/// </summary>
internal sealed class MissingMembers
{
    private static readonly ConditionalWeakTable<JsonTypeInfo, MissingMembers> s_known = [];
    private readonly Dictionary<string, JsonPropertyInfo> _members = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _required = new(StringComparer.OrdinalIgnoreCase); // two names may have one number
    private readonly List<string> _names = [];
    private readonly HashSet<string> _declared = []; // required by an attribute, whatever the option says

    private MissingMembers(JsonTypeInfo contract)
    {
        // ValueSerializerOptions.WithoutNulls sets it for Values.RequireMembers.
        bool requiresAll = contract.Options.RespectNullableAnnotations;
        foreach (JsonPropertyInfo property in contract.Properties)
        {
            _members.TryAdd(property.Name, property);
            bool isDeclared = RequiredParameters.Has(contract, property.Name);
            if (isDeclared || (requiresAll && property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false }))
            {
                if (isDeclared)
                {
                    _declared.Add(property.Name);
                }
                _required[property.Name] = _names.Count;
                _required.TryAdd(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), _names.Count);
                _names.Add(property.Name);
            }
        }
    }

    /// <summary>Checks a value that was read by the contract.</summary>
    /// <param name="contract">The contract.</param>
    /// <param name="all">Whether all parameters without a default are required, not only those that an attribute requires.</param>
    /// <param name="body">The value.</param>
    /// <exception cref="UnfitResultException">A parameter is missing.</exception>
    public static void Check(JsonTypeInfo contract, bool all, ReadOnlySpan<byte> body)
    {
        if (!all && !RequiredParameters.AreWithin(contract))
        {
            return;
        }
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
        reader.Read();
        try
        {
            Check(contract, ref reader);
        }
        catch (JsonException error)
        {
            throw ReadFailure.Explain(contract.Type, error, body, contract.Options);
        }
    }

    private static void Check(JsonTypeInfo contract, ref Utf8JsonReader reader)
    {
        Type type = Nullable.GetUnderlyingType(contract.Type) ?? contract.Type;
        if (type != contract.Type)
        {
            contract = ValueSerializerOptions.ContractOf(type, contract.Options);
        }
        if (contract is { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: null } && reader.TokenType == JsonTokenType.StartObject)
        {
            s_known.GetValue(contract, static contract => new MissingMembers(contract)).CheckObject(contract, ref reader);
        }
        else if (contract.Kind == JsonTypeInfoKind.Enumerable
            && contract.ElementType is { } item
            && reader.TokenType == JsonTokenType.StartArray)
        {
            CheckItems(ValueSerializerOptions.ContractOf(item, contract.Options), ref reader);
        }
        else if (contract.Converter is IMapConverter map && reader.TokenType == JsonTokenType.StartObject)
        {
            CheckMap(ValueSerializerOptions.ContractOf(map.ValueType, contract.Options), ref reader);
        }
        else
        {
            reader.Skip();
        }
    }

    private static void CheckItems(JsonTypeInfo item, ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Check(item, ref reader);
        }
    }

    private static void CheckMap(JsonTypeInfo value, ref Utf8JsonReader reader)
    {
        Utf8JsonReader ahead = reader;
        if (!Tagged.TryReadTag(ref ahead))
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                reader.Read();
                Check(value, ref reader);
            }
            return;
        }
        if (!ahead.ValueTextEquals("map"u8))
        {
            reader.Skip(); // a table of one column has no objects
            return;
        }
        reader = ahead;
        Tagged.ReadMember(ref reader, "v"u8);
        MapPairs.ReadStart(ref reader);
        while (MapPairs.ReadNext(ref reader))
        {
            reader.Skip();
            reader.Read();
            Check(value, ref reader);
            MapPairs.ReadPairEnd(ref reader);
        }
        Tagged.ReadEnd(ref reader);
    }

    private void CheckObject(JsonTypeInfo contract, ref Utf8JsonReader reader)
    {
        long start = reader.TokenStartIndex;
        bool[] sent = new bool[_names.Count];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (_required.TryGetValue(name, out int number))
            {
                sent[number] = true;
            }
            if (_members.TryGetValue(name, out JsonPropertyInfo? member) && member.CustomConverter is null)
            {
                Check(ValueSerializerOptions.ContractOf(member.PropertyType, contract.Options), ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        string[] missing = [.. _names.Where((_, number) => !sent[number])];
        if (missing.Length > 0)
        {
            throw new JsonException(
                $"Python sent nothing for {Shown.Names(missing)} of "
                    + $"{Shown.Type(contract.Type)}{(missing.All(_declared.Contains) ? "" : " (Values.RequireMembers)")}.",
                null, 0, start + 1);
        }
    }
}
