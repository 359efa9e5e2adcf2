using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Snakepit.AspNetCore.Admin;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The requests that change nothing.</summary>
public sealed class AdminReadTests
{
    [Fact]
    public async Task Host_tells_who_it_is()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        (HttpStatusCode status, JsonElement body) = await host.Client.GetAnswerAsync("/admin/host");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(Environment.ProcessId, body.GetProperty("pid").GetInt32());
        Assert.Equal(1, body.GetProperty("schema").GetInt32());
        Assert.Equal(["ml", "text"], body.GetProperty("pools").EnumerateArray().Select(static pool => pool.GetString()));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Assert.InRange(body.GetProperty("startedAt").GetDateTimeOffset(), now.AddHours(-1), now);
    }

    [Fact]
    public async Task Pools_are_told_with_their_numbers()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        JsonElement[] pools = [.. (await host.Client.GetAnswerAsync("/admin/pools")).Body.GetProperty("pools").EnumerateArray()];

        Assert.Equal(["ml", "text"], pools.Select(static pool => pool.GetProperty("name").GetString()));
        Assert.Equal(("ready", 2, 2), (
            pools[1].GetProperty("state").GetString(), pools[1].GetProperty("size").GetInt32(), pools[1].GetProperty("ready").GetInt32()));
        Assert.False(pools[1].TryGetProperty("workers", out _));
    }

    [Fact]
    public async Task A_pool_is_told_with_workers_that_say_what_they_run()
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using WebHost host = await WebHost.StartAdminAsync(workers);
        Task<int> call = host.Text.GetSession("user-42").ExecuteAsync<int>("slow", cancellationToken: WebHost.Cancellation).AsTask();
        HeldCall held = await slow.NextAsync(WebHost.Cancellation);

        JsonElement pool = (await host.Client.GetAnswerAsync("/admin/pools/TEXT")).Body;

        JsonElement worker = Assert.Single(
            pool.GetProperty("workers").EnumerateArray(), static one => one.GetProperty("running").GetInt32() == 1);
        JsonElement running = Assert.Single(worker.GetProperty("calls").EnumerateArray());
        Assert.Equal(("slow", "user-42", false), (
            running.GetProperty("tool").GetString(),
            running.GetProperty("session").GetString(),
            running.GetProperty("isStream").GetBoolean()));
        Assert.True(ulong.TryParse(running.GetProperty("call").GetString(), out _));
        Assert.Equal("2", pool.GetProperty("options").GetProperty("Size").GetString());
        Assert.Equal(1, pool.GetProperty("sessions").GetInt32());
        held.Return(1);
        await call;
    }

    [Fact]
    public async Task Workers_are_those_of_all_pools_or_of_one()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        Assert.Equal(3, (await host.Client.GetAnswerAsync("/admin/workers")).Body.GetProperty("workers").GetArrayLength());
        JsonElement only = Assert.Single(
            (await host.Client.GetAnswerAsync("/admin/workers?pool=ml")).Body.GetProperty("workers").EnumerateArray());
        Assert.Equal("ml/0#1", only.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Tools_are_told_with_counts()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        await host.Text.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2)), cancellationToken: WebHost.Cancellation);

        JsonElement[] tools = [.. (await host.Client.GetAnswerAsync("/admin/pools/text/tools")).Body.GetProperty("tools").EnumerateArray()];

        Assert.Equal(
            [("add", 1), ("fail", 0)],
            tools.Select(static tool => (tool.GetProperty("name").GetString(), tool.GetProperty("calls").GetInt32()))
                .OrderBy(static tool => tool.Item1, StringComparer.Ordinal));
        Assert.All(tools, static tool => Assert.Equal(
            $"{tool.GetProperty("name").GetString()}()", tool.GetProperty("signature").GetString()));
    }

    [Theory]
    [InlineData("/admin/pools/txet", "There is no pool 'txet'. Did you mean 'text'? The pools are: ", "text")]
    [InlineData("/admin/pools/txet/tools", "There is no pool 'txet'.", "text")]
    [InlineData("/admin/workers?pool=mll", "There is no pool 'mll'. Did you mean 'ml'?", "ml")]
    [InlineData("/admin/events?pool=mll", "There is no pool 'mll'.", "ml")]
    [InlineData("/admin/pools/text/workers/7/stacks", "Pool 'text' has no worker 7. Its workers: text/0#", null)]
    [InlineData("/admin/pools/text/workers/0/stacks?generation=99", "Pool 'text' has no worker 0#99. In slot 0: text/0#", null)]
    public async Task What_does_not_exist_is_a_problem_with_near_names(string path, string detail, string? near)
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        using HttpResponseMessage answer = await host.Client.GetAsync(path, WebHost.Cancellation);
        JsonElement problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(WebHost.Cancellation));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(404, problem.GetProperty("status").GetInt32());
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(near, problem.TryGetProperty("near", out JsonElement names) ? names[0].GetString() : null);
    }

    [Fact]
    public async Task A_worker_that_shows_no_stacks_is_a_problem()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        (HttpStatusCode status, JsonElement problem) = await host.Client.GetAnswerAsync("/admin/pools/text/workers/0/stacks");

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("wrote no stacks", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_and_budget_are_told()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        Assert.Equal(JsonValueKind.Object, (await host.Client.GetAnswerAsync("/admin/pools/text/trace")).Body.ValueKind);
        Assert.Equal(0, (await host.Client.GetAnswerAsync("/admin/budget")).Body.GetProperty("replacing").GetInt32());
    }

    [Fact]
    public async Task History_has_the_last_half_hour()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        PastStates past = host.Services.GetRequiredService<PastStates>();
        for (int i = 0; i < 200; i++)
        {
            past.Look();
        }

        JsonElement states = (await host.Client.GetAnswerAsync("/admin/history")).Body.GetProperty("states");

        Assert.Equal(180, states.GetArrayLength());
        JsonElement text = states[179].GetProperty("pools").EnumerateArray().Single(
            static pool => pool.GetProperty("name").GetString() == "text");
        Assert.Equal((0, 0), (text.GetProperty("running").GetInt32(), text.GetProperty("waiting").GetInt32()));
        Assert.Equal(JsonValueKind.Object, text.GetProperty("memoryBytes").ValueKind);
    }

    /// <summary>An exception of a background service would end the host.</summary>
    [Fact]
    public async Task A_moment_that_cannot_be_described_is_left_out_of_the_history()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        var broken = new AdminService(null!, "broken", null, host.Services.GetRequiredService<ILoggerFactory>(), TimeProvider.System);
        var past = new PastStates(broken);

        past.Look();

        Assert.Empty(past.Read().States);
        Assert.Contains(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 731);
    }

    [Fact]
    public async Task The_openapi_document_tells_every_endpoint()
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        JsonElement document = (await host.Client.GetAnswerAsync("/admin/openapi/snakepit.json")).Body;

        string[] paths = [.. document.GetProperty("paths").EnumerateObject().Select(static path => path.Name)];
        Assert.Contains("/admin/pools/{pool}/recycle", paths);
        Assert.Contains("/admin/pools/{pool}/workers/{slot}/stacks", paths);
        JsonElement schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.True(schemas.GetProperty("PoolInfo").GetProperty("properties").TryGetProperty("queueLength", out _));
        Assert.True(schemas.GetProperty("RecycleOrder").GetProperty("properties").TryGetProperty("slot", out _));
    }
}
