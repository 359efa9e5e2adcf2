using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests.Fixture;

/// <summary>A web application on loopback, with the pools "text" and "ml" of fake workers.</summary>
internal sealed class WebHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private DirectoryInfo? _folder;

    private WebHost(WebApplication application, FakeWorkers workers, FakeLogCollector logs)
    {
        _application = application;
        Workers = workers;
        Logs = logs;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Address };
    }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Uri Address { get; }

    /// <summary>A client that keeps cookies.</summary>
    public HttpClient Client { get; }

    public FakeWorkers Workers { get; }

    public FakeLogCollector Logs { get; }

    public IServiceProvider Services => _application.Services;

    public ISnakepit Snakepit => Services.GetRequiredService<ISnakepit>();

    public IWorkerPool Text => Snakepit.GetPool("text");

    /// <summary>Starts an application.</summary>
    /// <param name="map">Maps its endpoints.</param>
    /// <param name="environment">Its environment.</param>
    /// <param name="workers">The fake workers; null for those with a tool "add" and a tool "fail".</param>
    /// <param name="configure">Adds services.</param>
    /// <param name="text">Configures the pool "text".</param>
    /// <param name="port">The port; 0 for any that is free.</param>
    /// <param name="isReal">Whether the workers are those of <paramref name="configure"/>, with Python, instead of fake ones.</param>
    public static async Task<WebHost> StartAsync(
        Action<WebApplication> map, string environment = "Development", FakeWorkers? workers = null,
        Action<IServiceCollection>? configure = null, Action<PoolOptions>? text = null, int port = 0, bool isReal = false)
    {
        workers ??= new FakeWorkers();
        workers.Add("add", static request => request.Get<int>("a") + request.Get<int>("b"))
            .Add("fail", static (ToolRequest _) => throw new FakeToolException("ValueError", "no number"));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        FakeLogCollector logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(logs));
        ISnakepitBuilder snakepit = builder.Services.AddSnakepit(static options => options.StartPolicy = StartPolicy.AllReady);
        if (!isReal)
        {
            snakepit.UseFakeWorkers(workers)
                .AddPool("text", pool =>
                {
                    pool.Size = 2;
                    text?.Invoke(pool);
                })
                .AddPool("ml", static pool => pool.Size = 1);
        }
        builder.Services.AddSnakepitAdmin();
        configure?.Invoke(builder.Services);
        WebApplication application = builder.Build();
        map(application);
        await application.StartAsync(Cancellation);
        return new WebHost(application, workers, logs);
    }

    /// <summary>Starts an application with the administration, in Development.</summary>
    public static Task<WebHost> StartAdminAsync(FakeWorkers? workers = null, Action<PoolOptions>? text = null) =>
        StartAsync(static application => application.MapSnakepitAdmin("/admin"), workers: workers, text: text);

    /// <summary>Starts an application with the dashboard, in Development.</summary>
    public static Task<WebHost> StartDashboardAsync(FakeWorkers? workers = null, Action<PoolOptions>? text = null, int port = 0) =>
        StartAsync(static application => application.MapSnakepitDashboard(), workers: workers, text: text, port: port);

    /// <summary>Gets a token, whose cookie the client keeps, and sends it with all requests from now on.</summary>
    public async Task<WebHost> WithTokenAsync()
    {
        JsonElement token = await Client.GetFromJsonAsync<JsonElement>("/admin/antiforgery", Cancellation);
        Client.DefaultRequestHeaders.Add(token.GetProperty("header").GetString()!, token.GetProperty("token").GetString());
        return this;
    }

    /// <summary>Deletes a folder at the end.</summary>
    public void Owns(DirectoryInfo folder) => _folder = folder;

    public Task StopAsync() => _application.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await _application.DisposeAsync();
        _folder?.Delete(recursive: true);
    }
}
