using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Admin;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The stream of events and states.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task Events_are_told_as_they_happen()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        await using EventReader events = await EventReader.OpenAsync(host.Client, "/admin/events?pool=text");

        await host.Text.RecycleAsync(0, WebHost.Cancellation);

        JsonElement recycled = await events.NextAsync("event", static one => one.GetProperty("type").GetString() == "workerRecycled");
        Assert.Equal(("manual", "text", 0), (
            recycled.GetProperty("reason").GetString(), recycled.GetProperty("pool").GetString(), recycled.GetProperty("slot").GetInt32()));
        Assert.Contains("was replaced for manual after", recycled.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task States_begin_the_stream_and_follow_events()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        await using EventReader events = await EventReader.OpenAsync(host.Client, "/admin/events?state=3600");
        Assert.Equal(2, events.Current.GetProperty("pools").GetArrayLength());

        await host.Text.RecycleAsync(0, WebHost.Cancellation);

        await events.NextAsync("state", static state => state.GetProperty("pools")[1].GetProperty("recycled").GetInt32() == 1);
    }

    [Fact]
    public async Task A_death_is_told_with_its_report()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        await using EventReader events = await EventReader.OpenAsync(host.Client, "/admin/events");

        host.Workers.Get("text", 1).Crash();

        JsonElement crashed = await events.NextAsync("event", static one => one.GetProperty("type").GetString() == "workerCrashed");
        Assert.Equal(("error", 11, "crash"), (
            crashed.GetProperty("level").GetString(),
            crashed.GetProperty("death").GetProperty("signal").GetInt32(),
            crashed.GetProperty("death").GetProperty("cause").GetString()));
    }

    /// <summary>The core keeps 1,024 events for a reader; one that has lost some would show something wrong from then on.</summary>
    [Fact]
    public async Task A_slow_reader_is_told_and_dropped_and_others_are_not_affected()
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        AdminService admin = host.Services.GetRequiredService<AdminService>();
        await using var slow = new EventFeed(admin, "text", null).ReadAsync(WebHost.Cancellation).GetAsyncEnumerator(WebHost.Cancellation);
        Assert.True(await slow.MoveNextAsync()); // it reads nothing more for a while
        await using EventReader fast = await EventReader.OpenAsync(host.Client, "/admin/events?pool=text");
        Task<int> reading = CountAsync(fast, 400);

        for (int i = 0; i < 400; i++)
        {
            await host.Text.RecycleAsync(0, WebHost.Cancellation); // four events each
        }

        Assert.Equal(400, await reading);
        string? last = null;
        while (await slow.MoveNextAsync())
        {
            last = slow.Current.EventType;
        }
        Assert.Equal("dropped", last);
        Assert.Contains(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 730);
    }

    [Fact]
    public async Task The_end_of_the_host_ends_the_stream()
    {
        WebHost host = await WebHost.StartAdminAsync();
        await using EventReader events = await EventReader.OpenAsync(host.Client, "/admin/events?state=0.1");

        Task ending = events.EndAsync();
        await Task.WhenAll(ending, host.StopAsync());

        await host.DisposeAsync();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("4000")]
    [InlineData("NaN")]
    public async Task A_pace_out_of_range_is_refused(string state)
    {
        await using WebHost host = await WebHost.StartAdminAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await host.Client.GetAnswerAsync($"/admin/events?state={state}")).Status);
    }

    private static async Task<int> CountAsync(EventReader events, int most)
    {
        int count = 0;
        while (count < most)
        {
            await events.NextAsync("event", static one => one.GetProperty("type").GetString() == "workerRecycled");
            count++;
        }
        return count;
    }
}
