using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.Testing;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>A host with a control endpoint and fake workers: the pools "text", of two workers, and "ml", of one.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHost(IHost host, FakeWorkers workers)
    {
        _host = host;
        Workers = workers;
    }

    public FakeWorkers Workers { get; }

    public ISnakepit Snakepit => _host.Services.GetRequiredService<ISnakepit>();

    public IWorkerPool Text => Snakepit.GetPool("text");

    public static async Task<TestHost> StartAsync(string name = "Shop", Action<PoolOptions>? text = null, FakeWorkers? workers = null)
    {
        workers ??= new FakeWorkers();
        workers.Add("add", static request => request.Get<int>("a") + request.Get<int>("b"))
            .Add("fail", static (ToolRequest _) => throw new FakeToolException("ValueError", "no number"));
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = name });
        builder.Services.AddSnakepit(static options => options.StartPolicy = StartPolicy.AllReady)
            .UseFakeWorkers(workers)
            .AddPool("text", pool =>
            {
                pool.Size = 2;
                text?.Invoke(pool);
            })
            .AddPool("ml", static pool => pool.Size = 1);
        builder.Services.AddSnakepitControl();
        IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new TestHost(host, workers);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }
}
