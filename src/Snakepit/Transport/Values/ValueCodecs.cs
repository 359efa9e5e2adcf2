using Snakepit.Frames;
using Snakepit.Transport.Values.Marshal;

namespace Snakepit.Transport.Values;

/// <summary>The codecs there are, over the same contracts.</summary>
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

    /// <summary>The codecs of a pool with these settings.</summary>
    public ValueCodecs For(ValueOptions options) => options.RequireMembers ? _requiringMembers.Value : this;

    /// <summary>The one that everybody has, and that errors are written in.</summary>
    public JsonValueCodec Json { get; }

    public IValueCodec Of(BodyFormat format) => format == BodyFormat.Marshal ? _marshal : Json;

    /// <summary>Does now what the first call would wait for.</summary>
    public void Prepare() => _marshal.Prepare();
}
