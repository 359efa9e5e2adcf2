using System.Diagnostics.Metrics;

namespace Snakepit.Tests.Telemetry;

/// <summary>A listener of one instrument that blocks until the test opens it.</summary>
internal sealed class BlockingListener : IDisposable
{
    private readonly ManualResetEventSlim _open = new();
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly MeterListener _listener;
    private int _told;

    /// <param name="factory">The factory of the meter.</param>
    /// <param name="instrument">The instrument's name.</param>
    public BlockingListener(IMeterFactory factory, string instrument)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (published, self) =>
            {
                if (published.Meter.Scope == factory && published.Name == instrument)
                {
                    self.EnableMeasurementEvents(published);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => Block());
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Block());
        _listener.Start();
    }

    /// <summary>Completes when a measurement has reached the block.</summary>
    public Task Blocked => _blocked.Task;

    /// <summary>The number of measurements that the listener has received.</summary>
    public int Told => Volatile.Read(ref _told);

    public void Open() => _open.Set();

    public void Dispose()
    {
        _open.Set(); // a thread may still wait for it
        _listener.Dispose();
    }

    private void Block()
    {
        _blocked.TrySetResult();
        _open.Wait();
        Interlocked.Increment(ref _told);
    }
}
