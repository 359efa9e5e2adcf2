using System.Text;
using System.Text.Json;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Runtime;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A real worker and its channel, without a pool that would act on the worker's events.</summary>
internal sealed class LiveWorker : IDisposable
{
    private readonly WorkerPreparation _preparation = new(new RuntimeServices(), new JsonValueCodec());
    private int _calls;

    private LiveWorker()
    {
    }

    public RecordingEvents Events { get; } = new();

    /// <summary>The channel of a worker that was launched.</summary>
    public IWorkerChannel Channel => Events.Channel!;

    /// <summary>Launches a worker, which may hang before it is ready.</summary>
    public static async Task<LiveWorker> LaunchAsync(string adapter = "health.py", Action<PoolOptions>? configure = null)
    {
        var worker = new LiveWorker();
        var options = new PoolOptions { Adapter = Rig.Adapter(adapter) };
        options.Transport.Portable = TransportMode.IsPortable;
        options.Values.Codec = ValueCodec.Json;
        configure?.Invoke(options);
        WorkerBlueprint blueprint = await worker._preparation.PrepareAsync(Rig.OnlyPool, options, TestContext.Current.CancellationToken);
        worker._preparation.Starter.Launch(new WorkerStart(new WorkerId(Rig.OnlyPool, 0, 1), blueprint), worker.Events);
        await worker.Events.Told.FirstAsync(static told => told == "launched");
        return worker;
    }

    public static async Task<LiveWorker> StartAsync(string adapter = "health.py", Action<PoolOptions>? configure = null)
    {
        LiveWorker worker = await LaunchAsync(adapter, configure);
        await worker.Events.ToldAsync("ready");
        return worker;
    }

    /// <summary>Sends a call.</summary>
    public CallKey Post(string tool)
    {
        CallKey call = CallKey.Create(_calls++, 1);
        byte[] frame = [.. new byte[Protocol.ExtendedHeaderSize], .. JsonSerializer.SerializeToUtf8Bytes(new[] { tool })];
        Channel.PostCall(new OutgoingCall(call, new RecordingSink(), frame));
        Channel.Flush();
        return call;
    }

    /// <summary>Calls a tool and returns the result as JSON.</summary>
    public async Task<string> CallAsync(string tool)
    {
        string prefix = $"Result {Post(tool)}: ";
        return (await Events.Told.FirstAsync(told => told.StartsWith(prefix, StringComparison.Ordinal)))[prefix.Length..];
    }

    /// <summary>Sends a call of a tool that does not end, and waits until it runs.</summary>
    public async Task HangAsync(string tool)
    {
        Post(tool);
        await Events.ToldAsync("output: begun");
    }

    public void Dispose()
    {
        Channel.Kill();
        Events.Ended.Wait(TestContext.Current.CancellationToken); // the end is not reported any more after the next line
        _preparation.Dispose();
    }
}
