using System.Collections.Concurrent;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Callers that block every thread of the thread pool do not delay one another.</summary>
public sealed class BlockingCallersTests
{
    [Fact]
    public async Task Callers_that_block_all_threads_of_the_pool_are_released_one_by_one()
    {
        int callers = Math.Max(60, ThreadPool.ThreadCount * 4); // more threads than the pool has or soon adds
        using var requests = new BlockingCollection<ToolRequest>();
        var workers = new FakeWorkers().Add("later", request =>
        {
            var answer = new TaskCompletionSource<int>(); // the thread below completes it
            requests.Add(request, TestContext.Current.CancellationToken);
            return answer.Task;
        });
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.UseFakeWorkers(workers);
                s.AddPool("text", p =>
                {
                    p.Size = 2;
                    p.Queue.Limit = callers;
                    p.Queue.Timeout = TimeSpan.FromMinutes(5);
                });
            },
            TestContext.Current.CancellationToken);
        var tool = new Thread(() =>
        {
            foreach (ToolRequest request in requests.GetConsumingEnumerable())
            {
                request.Return(1);
            }
        });
        tool.Start();
        int blocked = 0;
        int most = 0;
        var counting = new Lock();

        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(
            () =>
            {
                lock (counting)
                {
                    most = Math.Max(most, ++blocked);
                }
                int answer = Block(runtime.ExecuteAsync<int>("later", cancellationToken: TestContext.Current.CancellationToken));
                lock (counting)
                {
                    blocked -= answer;
                }
            },
            TestContext.Current.CancellationToken)));

        requests.CompleteAdding();
        tool.Join();
        Assert.Equal(0, blocked);
        Assert.True(most < callers, "All callers blocked before the first was released.");
    }

    private static int Block(ValueTask<int> call) => call.AsTask().GetAwaiter().GetResult();
}
