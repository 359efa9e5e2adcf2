namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Stops the runtimes of every test and checks that they leave no process, zombie or descriptor behind.</summary>
public abstract class IntegrationTest : IAsyncLifetime
{
    /// <summary>The limit of a test in milliseconds, which only a broken test reaches.</summary>
    protected const int Bound = 60_000;

    private readonly List<Rig> _rigs = [];
    private readonly List<IDisposable> _owned = [];
    private IReadOnlyDictionary<string, int> _descriptors = new Dictionary<string, int>();
    private IReadOnlyCollection<int> _children = [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _descriptors = OpenDescriptors.Count();
        _children = MarkedProcesses.OwnChildren();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (Rig rig in _rigs)
        {
            await rig.DisposeAsync();
        }
        _owned.ForEach(static owned => owned.Dispose());
        foreach (Rig rig in _rigs)
        {
            Assert.Empty(MarkedProcesses.Find(rig.Mark));
        }
        Assert.Empty(MarkedProcesses.OwnChildren().Except(_children));
        Assert.Empty(OpenDescriptors.MoreThan(_descriptors));
    }

    private protected async Task<Rig> StartAsync(
        string adapter = "tools.py",
        Action<PoolOptions>? configure = null,
        Action<SnakepitRuntimeBuilder>? runtime = null)
    {
        Rig rig = Own(Rig.Create(adapter, configure, runtime));
        await rig.StartAsync();
        return rig;
    }

    private protected Rig Own(Rig rig)
    {
        _rigs.Add(rig);
        return rig;
    }

    private protected T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private protected Gate NewGate() => Own(new Gate());
}
