using System.Collections.Immutable;
using System.Globalization;
using Snakepit.Frames;
using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>
/// A handle of a session: its id, and what it tells every call. It knows nothing of the session's state, which the pool keeps.
/// </summary>
internal sealed class WorkerSession : IOwnedWorkerSession
{
    private const int MaxId = 256;
    private const int MaxMetadata = 4_096;
    private readonly IToolInvoker _pool;
    private readonly SessionBook _book;
    private readonly ValueCodecs _codecs;
    private readonly ToolCallOptions _options;
    private volatile Encoding? _encoding;
    private volatile bool _isDisposed;

    /// <exception cref="ArgumentException">The id or the metadata cannot be used.</exception>
    public WorkerSession(
        IToolInvoker pool, SessionBook book, SessionDataDesk data, ValueCodecs codecs, string id, SessionAffinity affinity,
        IReadOnlyDictionary<string, string>? metadata)
    {
        Check(id);
        if (!Enum.IsDefined(affinity))
        {
            throw new ArgumentOutOfRangeException(nameof(affinity), affinity, "There is no such affinity.");
        }
        _pool = pool;
        _book = book;
        _codecs = codecs;
        Id = id;
        Affinity = affinity;
        Metadata = Check(metadata);
        _options = new ToolCallOptions { Session = this };
        Data = new SessionData(this, data, codecs.Json);
    }

    public string Id { get; }

    public SessionAffinity Affinity { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public HostToolCollection Tools => Current.Record.OfferTools();

    public ISessionData Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return field;
        }
    }

    /// <summary>The present session, and what its calls carry.</summary>
    public (SessionRecord Record, EncodedSession Encoded) Current
    {
        get
        {
            Encoding? known = _encoding;
            if (known is null || known.Record.Stage == SessionStage.Over)
            {
                _encoding = known = Encode(_book.Find(Id));
            }
            else if (known.Tools != known.Record.Tools?.Present)
            {
                _encoding = known = Encode(known.Record);
            }
            return (known.Record, known.Encoded);
        }
    }

    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pool.ExecuteAsync(tool, arguments, With(options), cancellationToken);

    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pool.ExecuteAsync<T>(tool, arguments, With(options), cancellationToken);

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pool.TryExecuteAsync<T>(tool, arguments, With(options), cancellationToken);

    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _pool.StreamAsync<T>(tool, arguments, With(options), cancellationToken);

    public Task EndAsync(CancellationToken cancellationToken) => _book.EndAsync(Id, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await EndAsync(CancellationToken.None).ConfigureAwait(false);
    }

    public override string ToString() => $"session '{Shown.Text(Id, MaxId)}'";

    private static void Check(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        if (id.Length > MaxId)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture, $"The id of a session has at most {MaxId} characters; this one has {id.Length:N0}."),
                nameof(id));
        }
    }

    /// <summary>Copies the metadata, which the caller may change.</summary>
    private static Dictionary<string, string> Check(IReadOnlyDictionary<string, string>? metadata)
    {
        var copy = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        int length = 0;
        foreach ((string name, string value) in copy)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(metadata));
            length += name.Length + value.Length;
        }
        if (length > MaxMetadata)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The metadata of a session has at most {MaxMetadata:N0} characters, because every call carries it; "
                    + $"this has {length:N0}."),
                nameof(metadata));
        }
        return copy;
    }

    private ToolCallOptions With(ToolCallOptions? options)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return options is null ? _options : options with { Session = this };
    }

    private Encoding Encode(SessionRecord record)
    {
        var told = new Dictionary<string, object?> { ["id"] = record.Id, ["number"] = (long)record.Number };
        if (Metadata.Count > 0)
        {
            told["metadata"] = Metadata;
        }
        ImmutableDictionary<string, HostTool>? tools = record.Tools?.Present;
        if (tools is { Count: > 0 })
        {
            told["tools"] = HostTool.Tell(tools.Values);
        }
        return new Encoding(record, tools, new EncodedSession(Write(BodyFormat.Json), Write(BodyFormat.Marshal)));

        byte[] Write(BodyFormat format)
        {
            var buffer = new PooledBuffer();
            _codecs.Of(format).WriteValue(buffer, told);
            byte[] written = buffer.Written.ToArray();
            buffer.Clear();
            return written;
        }
    }

    private sealed record Encoding(SessionRecord Record, ImmutableDictionary<string, HostTool>? Tools, EncodedSession Encoded);
}
