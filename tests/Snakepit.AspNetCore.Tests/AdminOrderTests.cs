using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The requests that change something.</summary>
public sealed class AdminOrderTests
{
    [Fact]
    public async Task Recycling_a_slot_answers_with_the_report_and_the_log_tells_who()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        (HttpStatusCode status, JsonElement report) = await host.Client.OrderAsync("/admin/pools/text/recycle", new { slot = 1 });

        Assert.Equal(HttpStatusCode.OK, status);
        JsonElement slot = Assert.Single(report.GetProperty("slots").EnumerateArray());
        Assert.Equal((1, "replaced"), (slot.GetProperty("slot").GetInt32(), slot.GetProperty("outcome").GetString()));
        Assert.Equal(1, host.Text.GetSnapshot().Recycled);
        Assert.Contains(
            host.Logs.GetSnapshot(),
            static entry => entry.Message == "An anonymous user at 127.0.0.1 ordered: recycle slot 1 of pool 'text'.");
    }

    [Fact]
    public async Task Recycling_one_worker_does_nothing_when_it_has_been_replaced()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        string worker = host.Workers.Get("text", 0).Id.ToString();

        JsonElement first = (await host.Client.OrderAsync("/admin/pools/text/recycle", new { worker })).Body;
        JsonElement second = (await host.Client.OrderAsync("/admin/pools/text/recycle", new { worker })).Body;

        Assert.Equal("replaced", first.GetProperty("slots")[0].GetProperty("outcome").GetString());
        Assert.Equal("alreadyReplaced", second.GetProperty("slots")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task An_order_that_does_not_wait_is_answered_at_once_and_carried_out()
    {
        var workers = new FakeWorkers();
        await using WebHost host = await (await WebHost.StartAdminAsync(workers)).WithTokenAsync();
        var gate = new TaskCompletionSource();
        workers.Boot = _ => gate.Task;

        (HttpStatusCode status, JsonElement body) = await host.Client.OrderAsync("/admin/pools/text/recycle", new { wait = false });

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal("Begun: recycle all workers of pool 'text'.", body.GetProperty("done").GetString());
        gate.SetResult();
        await host.Text.WaitUntilAsync(static pool => pool.Recycled == 2, WebHost.Cancellation);
    }

    [Fact]
    public async Task A_drained_slot_gets_no_calls_until_it_is_resumed()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        await host.Client.OrderAsync("/admin/pools/text/drain", new { slot = 0 });
        Assert.NotNull(host.Text.GetSnapshot().Workers[0].TaintedUntil);
        JsonElement resumed = (await host.Client.OrderAsync("/admin/pools/text/resume", new { slot = 0 })).Body;

        Assert.Equal(1, resumed.GetProperty("count").GetInt32());
        Assert.Null(host.Text.GetSnapshot().Workers[0].TaintedUntil);
    }

    [Fact]
    public async Task Resizing_waits_for_the_workers()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        Assert.Equal(HttpStatusCode.OK, (await host.Client.OrderAsync("/admin/pools/text/resize", new { size = 4 })).Status);
        Assert.Equal(4, host.Text.GetSnapshot().Ready);
    }

    [Fact]
    public async Task A_running_call_is_cancelled_once()
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using WebHost host = await (await WebHost.StartAdminAsync(workers)).WithTokenAsync();
        Task<int> call = host.Text.ExecuteAsync<int>("slow", cancellationToken: WebHost.Cancellation).AsTask();
        await slow.NextAsync(WebHost.Cancellation);
        ulong number = host.Text.GetSnapshot().Workers.SelectMany(static worker => worker.RunningTools).Single().Call;

        (HttpStatusCode first, _) = await host.Client.OrderAsync($"/admin/pools/text/calls/{number}/cancel");
        (HttpStatusCode second, _) = await host.Client.OrderAsync($"/admin/pools/text/calls/{number}/cancel");

        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (first, second));
    }

    [Fact]
    public async Task A_tool_is_called_with_arguments_by_name_and_answers_in_json()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        JsonElement body = (await host.Client.OrderAsync(
            "/admin/pools/text/call", new { tool = "add", arguments = new { a = 40, b = 2 }, timeoutSeconds = 10 })).Body;

        Assert.Equal(42, body.GetProperty("result").GetInt32());
    }

    [Fact]
    public async Task An_exception_of_the_tool_is_a_problem_and_logged()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        (HttpStatusCode status, JsonElement problem) = await host.Client.OrderAsync("/admin/pools/text/call", new { tool = "fail" });

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "ValueError"), (status, problem.GetProperty("errorType").GetString()));
        Assert.Contains(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 701);
    }

    [Fact]
    public async Task Quarantine_is_lifted_and_the_doctor_examines()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        Assert.Equal(0, (await host.Client.OrderAsync("/admin/pools/text/quarantine/lift")).Body.GetProperty("count").GetInt32());
        JsonElement doctor = (await host.Client.OrderAsync("/admin/doctor", new { loadsAdapters = false })).Body;
        Assert.NotEqual(0, doctor.GetProperty("checks").GetArrayLength());
    }

    [Theory]
    [InlineData("pools/text/recycle", """{"slot": 9}""", 404, "Pool 'text' has no slot 9: its slots are 0 to 1.")]
    [InlineData("pools/text/recycle", """{"slot": 0, "worker": "text/0#1"}""", 400, "Name a slot or a worker, not both.")]
    [InlineData("pools/text/recycle", """{"worker": "text"}""", 400, "'text' is no worker.")]
    [InlineData("pools/text/recycle", """{"worker": "ml/0#1"}""", 400, "ml/0#1 is a worker of pool 'ml', not of 'text'.")]
    [InlineData("pools/text/recycle", """{"slto": 0}""", 400, "The body is no order: ")]
    [InlineData("pools/text/recycle", "null", 400, "The body is null")]
    [InlineData("pools/text/recycle", "{", 400, "The body is no order: ")]
    [InlineData("pools/tex/recycle", "{}", 404, "There is no pool 'tex'. Did you mean 'text'?")]
    [InlineData("pools/text/drain", "{}", 400, "The body is no order: ")]
    [InlineData("pools/text/drain", """{"slot": 0, "seconds": -1}""", 400, "seconds is more than 0")]
    [InlineData("pools/text/resize", """{"size": 0}""", 400, "")]
    [InlineData("pools/text/resize", """{"size": 100000}""", 400, "")]
    [InlineData("pools/text/calls/x/cancel", "{}", 400, "'x' is no number of a call.")]
    [InlineData("pools/text/call", """{"tool": "ad"}""", 404, "Pool 'text' has no tool 'ad'. Did you mean 'add'?")]
    [InlineData("pools/text/call", """{"tool": "add", "arguments": 3}""", 400, "arguments is an object")]
    [InlineData("pools/text/call", """{"tool": "add", "timeoutSeconds": 0}""", 400, "timeoutSeconds is")]
    public async Task A_wrong_order_is_a_problem(string path, string order, int status, string detail)
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        using var content = new StringContent(order, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

        using HttpResponseMessage answer = await host.Client.PostAsync($"/admin/{path}", content, WebHost.Cancellation);
        JsonElement problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(WebHost.Cancellation));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, host.Snakepit.GetStatistics().TotalRecycles);
    }
}
