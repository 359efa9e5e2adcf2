using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Snakepit.AspNetCore.Tests.Fixture;

/// <summary>Reads server-sent events.</summary>
internal sealed class EventReader : IAsyncDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly IAsyncEnumerator<SseItem<string>> _items;

    private EventReader(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _items = SseParser.Create(stream).EnumerateAsync(TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
    }

    /// <summary>Begins to read, and waits for the first item, after which no event is missed.</summary>
    public static async Task<EventReader> OpenAsync(HttpClient client, string path)
    {
        HttpResponseMessage answer = await client.GetAsync(
            path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var reader = new EventReader(answer, await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.True(await reader._items.MoveNextAsync());
        return reader;
    }

    public JsonElement Current => JsonElement.Parse(_items.Current.Data);

    /// <summary>Returns the next item of a kind that meets the condition.</summary>
    public async Task<JsonElement> NextAsync(string kind, Func<JsonElement, bool>? condition = null)
    {
        while (await _items.MoveNextAsync())
        {
            if (_items.Current.EventType == kind && (condition?.Invoke(Current) ?? true))
            {
                return Current;
            }
        }
        throw new EndOfStreamException($"The stream has ended without such an item of kind '{kind}'.");
    }

    /// <summary>Reads to the end.</summary>
    public async Task EndAsync()
    {
        while (await _items.MoveNextAsync())
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _answer.Dispose();
    }
}
