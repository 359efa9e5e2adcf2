using Snakepit.Frames;
using Snakepit.Transport.Values.Marshal;

namespace Snakepit.Transport.Values;

/// <summary>The codecs, which share their contracts.</summary>
internal sealed class ValueCodecs
{
    private readonly MarshalValueCodec _marshal;
    private readonly Lazy<ValueCodecs> _requiringMembers;

    public ValueCodecs(JsonValueCodec json)
    {
        Json = json;
        _marshal = new MarshalValueCodec(json);
        _requiringMembers = new Lazy<ValueCodecs>(() => new ValueCodecs(json.RequiringMembers()));
    }

    /// <summary>Returns the codecs of a pool with these options.</summary>
    public ValueCodecs For(ValueOptions options) => options.RequireMembers ? _requiringMembers.Value : this;

    /// <summary>The codec that every worker has, and that errors are written in.</summary>
    public JsonValueCodec Json { get; }

    public IValueCodec Of(BodyFormat format) => format == BodyFormat.Marshal ? _marshal : Json;

    /// <summary>Does the work that the first call would otherwise wait for.</summary>
    public void Prepare() => _marshal.Prepare();
}
