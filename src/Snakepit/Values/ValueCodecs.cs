using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>The codecs, which share their contracts.</summary>
internal sealed class ValueCodecs
{
    private readonly IValueCodec _marshal;
    private readonly Lazy<ValueCodecs> _requiringMembers;

    /// <param name="json">Has the user's contracts.</param>
    /// <param name="marshalOver">Creates the marshal codec over the contracts of a json codec.</param>
    public ValueCodecs(JsonValueCodec json, Func<JsonValueCodec, IValueCodec> marshalOver)
    {
        Json = json;
        _marshal = marshalOver(json);
        _requiringMembers = new Lazy<ValueCodecs>(() => new ValueCodecs(json.RequiringMembers(), marshalOver));
    }

    /// <summary>Returns the codecs of a pool with these options.</summary>
    public ValueCodecs For(ValueOptions options) => options.RequireMembers ? _requiringMembers.Value : this;

    /// <summary>The codec that every worker has, and that errors are written in.</summary>
    public JsonValueCodec Json { get; }

    public IValueCodec Of(BodyFormat format) => format == BodyFormat.Marshal ? _marshal : Json;

    /// <summary>Does the work that the first call would otherwise wait for.</summary>
    public void Prepare() => _marshal.Prepare();
}
