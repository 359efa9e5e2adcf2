using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>The names of the arguments that an object's properties become, as far as its contract tells them.</summary>
/// <param name="Certain">The names that are always sent.</param>
/// <param name="Possible">The names that are sent depending on the object's values.</param>
/// <param name="AreOpen">Whether there may be any others.</param>
internal sealed record ArgumentNames(IReadOnlyList<string> Certain, IReadOnlyList<string> Possible, bool AreOpen)
{
    private static readonly ArgumentNames s_unknown = new([], [], AreOpen: true);

    public IEnumerable<string> All => Certain.Concat(Possible);

    public static ArgumentNames Of(ObjectArguments arguments, JsonValueCodec json)
    {
        JsonTypeInfo contract;
        try
        {
            contract = arguments.TypeInfo ?? json.ContractOf(arguments.Value.GetType());
        }
        catch (Exception)
        {
            return s_unknown; // the encoder's error says more
        }
        JsonSerializerOptions options = contract.Options;
        bool isPlain = contract is { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: null }
            && options is { ReferenceHandler: null, IgnoreReadOnlyProperties: false, IgnoreReadOnlyFields: false }
            && !contract.Properties.Any(static property => property.IsExtensionData);
        if (!isPlain)
        {
            return s_unknown;
        }
        ILookup<bool, string> names = contract.Properties.Where(static property => property.Get is not null).ToLookup(
            property => property.ShouldSerialize is null && options.DefaultIgnoreCondition == JsonIgnoreCondition.Never,
            static property => property.Name);
        return new ArgumentNames([.. names[true]], [.. names[false]], AreOpen: false);
    }
}
