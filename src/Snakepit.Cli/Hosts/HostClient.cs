using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Hosts;

/// <summary>Speaks with the control endpoint of one host: HTTP over its Unix socket. Each request has a bound.</summary>
internal sealed class HostClient : IDisposable
{
    /// <summary>How long a host may take to answer what it knows.</summary>
    public static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_introductionLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;

    private HostClient(FoundHost host)
    {
        Host = host;
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) => await ConnectAsync(host.Socket!, cancellation),
            ConnectTimeout = s_connectLimit,
            UseProxy = false,
        })
        {
            BaseAddress = new Uri("http://snakepit/"), Timeout = Timeout.InfiniteTimeSpan,
        };
        Info = new HostInfo
        {
            Name = host.Program ?? "", Pid = host.Pid, Version = "", Runtime = "", Machine = "", StartedAt = default, Pools = [],
        };
    }

    public FoundHost Host { get; }

    /// <summary>Who the host is.</summary>
    public HostInfo Info { get; private set; }

    /// <summary>The host in a sentence.</summary>
    public string Name => Info.Name.Length == 0 ? $"Host {Host.Pid}" : $"Host {Host.Pid} ({Info.Name})";

    /// <summary>Connects to a host and asks who it is; returns null when it has ended.</summary>
    /// <exception cref="CliException">The host refuses this user, does not answer, or speaks another language.</exception>
    public static async Task<HostClient?> TryConnectAsync(FoundHost host, CancellationToken cancellationToken)
    {
        var client = new HostClient(host);
        try
        {
            client.Info = await client.SendAsync(
                new HttpRequestMessage(HttpMethod.Get, "host"), CliJson.Default.HostInfo, s_introductionLimit, cancellationToken);
            return client.Info.Schema <= HostInfo.CurrentSchema ? client : throw client.Misunderstood(null);
        }
        catch (CliException e) when (e.InnerException is HttpRequestException { InnerException: SocketException socket } && IsDead(socket))
        {
            client.Dispose();
            return null;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Reads what the host knows.</summary>
    /// <exception cref="CliException">The host has not answered with it.</exception>
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, ReadLimit, cancellationToken);

    /// <summary>Reads a text.</summary>
    /// <exception cref="CliException">The host has not answered with it.</exception>
    public Task<string> GetTextAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Get, path), static (content, cancellation) => content.ReadAsStringAsync(cancellation),
            ReadLimit, cancellationToken);

    /// <summary>Gives an order, and waits for what has come of it.</summary>
    /// <exception cref="CliException">The host has not carried it out.</exception>
    public Task<TAnswer> OrderAsync<TOrder, TAnswer>(
        string path, TOrder order, JsonTypeInfo<TOrder> orderType, JsonTypeInfo<TAnswer> answerType, TimeSpan limit,
        CancellationToken cancellationToken) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(
                    JsonSerializer.Serialize(order, orderType), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json")),
            },
            answerType, limit, cancellationToken);

    /// <summary>Gives an order that has nothing more to say.</summary>
    /// <exception cref="CliException">The host has not carried it out.</exception>
    public Task<T> OrderAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, path), type, ReadLimit, cancellationToken);

    /// <summary>Reads server-sent events until the host ends them.</summary>
    /// <exception cref="CliException">The host does not send them, or has died.</exception>
    public async IAsyncEnumerable<SseItem<string>> ReadEventsAsync(
        string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await AskAsync(
            new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, ReadLimit, cancellationToken);
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using IAsyncEnumerator<SseItem<string>> items =
            SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveAsync(items))
        {
            yield return items.Current;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Returns the problem of a host that has ended while it was being watched.</summary>
    public CliException Ended(Exception? cause = null) =>
        new(ExitCode.NoAnswer, $"{Name} has ended. 'snakepit ps' lists the hosts that run.", cause);

    private Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, TimeSpan limit, CancellationToken cancellationToken) =>
        SendAsync(
            request,
            async (content, cancellation) =>
            {
                using Stream stream = await content.ReadAsStreamAsync(cancellation);
                return await JsonSerializer.DeserializeAsync(stream, type, cancellation) ?? throw new JsonException("The answer is null.");
            },
            limit, cancellationToken);

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request, Func<HttpContent, CancellationToken, Task<T>> read, TimeSpan limit, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await AskAsync(request, HttpCompletionOption.ResponseContentRead, limit, cancellationToken);
        try
        {
            return await read(response.Content, cancellationToken);
        }
        catch (JsonException e)
        {
            throw Misunderstood(e);
        }
    }

    /// <summary>Sends a request and returns the answer, unless it is a problem.</summary>
    private async Task<HttpResponseMessage> AskAsync(
        HttpRequestMessage request, HttpCompletionOption until, TimeSpan limit, CancellationToken cancellationToken)
    {
        string asked = request.RequestUri!.OriginalString;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(limit);
        using (request)
        {
            try
            {
                HttpResponseMessage response = await _http.SendAsync(request, until, bound.Token);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }
                using (response)
                {
                    throw Problem(response.StatusCode, await response.Content.ReadAsStringAsync(bound.Token));
                }
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CliException(
                    ExitCode.NoAnswer,
                    $"{Name} has not answered '{asked}' within {Shown.Duration(limit)}. The host may be stopped, or very busy.", e);
            }
            catch (HttpRequestException e)
            {
                throw Failed(e);
            }
        }
    }

    private CliException Failed(HttpRequestException error) => error.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } => new CliException(
            ExitCode.NoAnswer,
            $"The control socket {Host.Socket} refuses user '{Environment.UserName}': it belongs to another user. "
            + "Run the tool as that user.",
            error),
        _ => Ended(error),
    };

    private CliException Problem(HttpStatusCode status, string body)
    {
        ExitCode code = status switch
        {
            HttpStatusCode.NotFound => ExitCode.NotFound,
            HttpStatusCode.BadRequest => ExitCode.WrongCommandLine,
            _ => ExitCode.NotWell,
        };
        try
        {
            ProblemInfo problem = JsonSerializer.Deserialize(body, CliJson.Default.ProblemInfo)!;
            string text = problem.Detail is { Length: > 0 } detail ? detail : problem.Title;
            return new CliException(code, CallProblem.Of(text, problem.Traceback));
        }
        catch (JsonException)
        {
            return new CliException(code, $"{Name} has answered with HTTP status {(int)status}.");
        }
    }

    private CliException Misunderstood(JsonException? cause) => new(
        ExitCode.NoAnswer,
        $"{Name} runs Snakepit {Info.Version}, whose answers this version of the tool cannot read. "
        + "Update the tool: dotnet tool update --global Snakepit.Cli.",
        cause);

    private async Task<bool> MoveAsync(IAsyncEnumerator<SseItem<string>> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw Ended(e);
        }
    }

    private static bool IsDead(SocketException error) =>
        error.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable; // nobody listens, or it has just gone

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
