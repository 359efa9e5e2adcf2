namespace Snakepit.Tests.Pools;

/// <summary>The snippets of docs/sessions.md.</summary>
public sealed class SessionSnippets
{
    [Fact]
    public async Task Snippets_run()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        fixture.Workers.Add("say", static request => $"{request.SessionId}: {request.Get<string>(0)}");

        Assert.Equal("42: And now?", await ChatAsync(fixture.Face));
        await DataAsync(fixture.Face.GetSession("42"));
        Assert.Equal("42: Hello", await SayAsync(fixture.Face.GetSession("42"), "Hello"));
    }

    private static async Task<string> ChatAsync(IWorkerPool pool)
    {
        // snippet: chat
        IWorkerSession chat = pool.GetSession(
            "42", SessionAffinity.StrictQueue, new Dictionary<string, string> { ["user"] = "Ada" });

        string first = await chat.ExecuteAsync<string>("say", ToolArguments.Positional("Hello"));
        string second = await chat.ExecuteAsync<string>("say", ToolArguments.Positional("And now?")); // in the same worker
        await chat.EndAsync();
        // end snippet
        return first.Length > 0 ? second : "";
    }

    private static async Task DataAsync(IWorkerSession chat)
    {
        // snippet: data
        await chat.Data.SetAsync("mood", "friendly");

        SessionValue<int> tokens = await chat.Data.GetAsync<int>("tokens"); // 0 and version 0 when there is none
        await chat.Data.SetAsync("tokens", tokens.Value + 100, tokens.Version); // or SessionDataConflictException: it has changed
        // end snippet
    }

    private static async Task<string> SayAsync(IWorkerSession chat, string text)
    {
        // snippet: lost
        try
        {
            return await chat.ExecuteAsync<string>("say", ToolArguments.Positional(text));
        }
        catch (SessionLostException)
        {
            // The conversation so far is gone. Tell the user, or say again what was said: the next call begins anew.
            return await chat.ExecuteAsync<string>("say", ToolArguments.Positional(text));
        }
        // end snippet
    }
}
