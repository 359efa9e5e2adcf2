using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>The forms of all types: built in, made from a contract, or json's.</summary>
internal sealed class ContractForms
{
    private readonly ConcurrentDictionary<Type, MarshalForm> _forms = new();
    private readonly JsonValueCodec _json;
    private readonly Lazy<bool> _builtIn;

    public ContractForms(JsonValueCodec json)
    {
        _json = json;
        _builtIn = new Lazy<bool>(() => BuiltInForms.Types.All(json.HasBuiltIn));
    }

    /// <summary>False when the user's contracts have other ideas of our types; then nothing is done without them.</summary>
    public bool HasBuiltIn => _builtIn.Value;

    public MarshalForm Of(Type type) =>
        HasBuiltIn && BuiltInForms.Find(type) is { } form
            ? form
            : _forms.GetOrAdd(type, static (type, forms) => forms.Create(Nullable.GetUnderlyingType(type) ?? type), this);

    public JsonForm ThroughJson(Type type) => new(() => _json.ContractOf(type));

    private MarshalForm Create(Type type)
    {
        JsonForm json = ThroughJson(type);
        return HasBuiltIn && _json.FindContract(type) is { } contract && JsonValueCodec.IsBuiltIn(contract.Converter)
            ? BuiltInForms.Find(type) ?? FromContract(contract, json)
            : json;
    }

    private MarshalForm FromContract(JsonTypeInfo contract, JsonForm json) => contract switch
    {
        { Kind: JsonTypeInfoKind.Object } when ObjectForm.IsPlain(contract) => new ObjectForm(contract, this),
        { Kind: JsonTypeInfoKind.Enumerable } when SequenceForm.IsPlain(contract) => new SequenceForm(contract, this, json),
        { Converter: IMapConverter { IsNamed: true } map } => new DictionaryForm(map, this, json),
        _ => json,
    };
}
