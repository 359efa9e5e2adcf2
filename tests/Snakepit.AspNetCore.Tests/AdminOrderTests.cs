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
        Assert.Equal("Started: recycle all workers of pool 'text'.", body.GetProperty("done").GetString());
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
    [InlineData("pools/text/recycle", """{"worker": "text/0#99"}""", 404, "There has been no worker text/0#99 yet: the newest of")]
    [InlineData("pools/text/recycle", """{"worker": "text"}""", 400, "'text' is no worker.")]
    [InlineData("pools/text/recycle", """{"worker": "ml/0#1"}""", 400, "ml/0#1 is a worker of pool 'ml', not of 'text'.")]
    [InlineData("pools/text/recycle", """{"slto": 0}""", 400, "An order of this kind has no member 'slto'. Did you mean 'slot'?")]
    [InlineData("pools/text/recycle", """{"a\nb": 0}""", 400, @"An order of this kind has no member 'a\nb'. Its members: slot,")]
    [InlineData("pools/text/recycle", """{"slot": "0"}""", 400, "Member 'slot' is the text '0'; it should be a whole number")]
    [InlineData("pools/text/recycle", """{"slot": 99999999999}""", 400, "Member 'slot' is 99999999999; it should be a whole number")]
    [InlineData("pools/text/recycle", """{"wait": 1}""", 400, "Member 'wait' is 1; it should be true or false.")]
    [InlineData("pools/text/recycle", """{"slot": 0, "Slot": 1}""", 400, "Member 'slot' is given twice.")]
    [InlineData("pools/text/recycle", """{"\ud800": 1}""", 400, "The body cannot be read: A text or a name in it has half a character")]
    [InlineData("pools/text/call", """{"tool": "add", "arguments": {"a": "\ud800"}}""", 400, "The body cannot be read: ")]
    [InlineData("pools/text/call", """{"tool": "add", "arguments": {"a": 1, "a": 2}}""", 400, "Argument 'a' is given twice.")]
    [InlineData("pools/text/recycle", "null", 400, "The body is null; it should be an object.")]
    [InlineData("pools/text/recycle", "[]", 400, "The body is a list; it should be an object.")]
    [InlineData("pools/text/recycle", "{", 400, "The body is not JSON: line 1, byte 2 cannot be read.")]
    [InlineData("pools/tex/recycle", "{}", 404, "There is no pool 'tex'. Did you mean 'text'?")]
    [InlineData("pools/a%2Fb/recycle", "{}", 404, "There is no pool 'a/b'.")]
    [InlineData("pools/text/drain", "{}", 400, "Member 'slot' is missing: a whole number")]
    [InlineData("pools/text/drain", """{"slot": null}""", 400, "Member 'slot' is null; it should be a whole number")]
    [InlineData("pools/text/drain", """{"slot": 0, "seconds": -1}""", 400, "seconds must be more than 0")]
    [InlineData("pools/text/resize", """{"size": 0}""", 400, "Pool 'text' can have 1 to 10000 workers, not 0.")]
    [InlineData("pools/text/resize", """{"size": 100000}""", 400, "Pool 'text' can have 1 to 10000 workers, not 100000.")]
    [InlineData("pools/text/calls/x/cancel", "{}", 400, "'x' is not the number of a call.")]
    [InlineData("pools/text/call", """{"tool": "ad"}""", 404, "Pool 'text' has no tool 'ad'. Did you mean 'add'?")]
    [InlineData("pools/text/call", """{"tool": "add", "arguments": 3}""", 400, "arguments must be an object")]
    [InlineData("pools/text/call", """{"tool": "add", "timeoutSeconds": 0}""", 400, "timeoutSeconds must be")]
    public async Task A_wrong_order_is_a_problem(string path, string order, int status, string detail)
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        using var content = new StringContent(order, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

        using HttpResponseMessage answer = await host.Client.PostAsync($"/admin/{path}", content, WebHost.Cancellation);
        JsonElement problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(WebHost.Cancellation));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, host.Snakepit.GetStatistics().TotalRecycles);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "slot=0", "'application/x-www-form-urlencoded'")]
    [InlineData(null, "{}", "missing")]
    public async Task An_order_that_is_no_json_is_a_problem(string? type, string body, string told)
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        using var content = new StringContent(body);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);

        using HttpResponseMessage answer = await host.Client.PostAsync("/admin/pools/text/recycle", content, WebHost.Cancellation);
        JsonElement problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(WebHost.Cancellation));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal(
            $"The Content-Type of an order is application/json. This one is {told}.", problem.GetProperty("detail").GetString());
        Assert.Equal(0, host.Snakepit.GetStatistics().TotalRecycles);
    }

    [Fact]
    public async Task An_order_without_a_body_has_no_members()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();

        using HttpResponseMessage answer = await host.Client.PostAsync("/admin/pools/text/recycle", null, WebHost.Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, host.Text.GetSnapshot().Recycled);
    }

    [Theory]
    [InlineData("PUT", "pools/text/resize", 405, "PUT /admin/pools/text/resize is not possible. The endpoint takes POST.")]
    [InlineData("POST", "pools", 405, "POST /admin/pools is not possible. The endpoint takes GET.")]
    [InlineData("GET", "cellar", 404, "GET /admin/cellar is unknown to this version of Snakepit.")]
    [InlineData("GET", "pools/ml/workers/x/stacks", 404, "GET /admin/pools/ml/workers/x/stacks is unknown to this version of Snakepit.")]
    public async Task A_request_that_no_endpoint_takes_is_a_problem(string method, string path, int status, string detail)
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), $"/admin/{path}");

        using HttpResponseMessage answer = await host.Client.SendAsync(request, WebHost.Cancellation);
        JsonElement problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(WebHost.Cancellation));

        Assert.Equal((status, detail), ((int)answer.StatusCode, problem.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Line_breaks_of_a_request_or_an_exception_stay_in_one_line_of_the_log()
    {
        var workers = new FakeWorkers();
        workers.Add("forge", static (ToolRequest _) => throw new FakeToolException("ValueError", "no\nAn anonymous user ordered: all"));
        await using WebHost host = await (await WebHost.StartAdminAsync(workers)).WithTokenAsync();

        await host.Client.OrderAsync("/admin/pools/text/quarantine/lift", new { tool = "a\nAn anonymous user ordered: all" });
        await host.Client.OrderAsync("/admin/pools/text/call", new { tool = "forge" });

        Assert.All(
            host.Logs.GetSnapshot().Where(static entry => entry.Id.Id is >= 700 and < 800),
            static entry => Assert.DoesNotContain('\n', entry.Message));
        Assert.Contains(host.Logs.GetSnapshot(), static entry => entry.Message.Contains(@"'a\nAn anonymous", StringComparison.Ordinal));
    }
}
