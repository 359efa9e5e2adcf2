using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Snakepit.Tests;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>A real Prometheus that scrapes one address twice a second, with the rules of deploy/prometheus.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snakepit-prometheus-");
    private readonly HttpClient _client = new();
    private readonly Process _process;

    /// <param name="target">The host and port that are scraped, at /metrics.</param>
    public PrometheusServer(string target)
    {
        int port = FreePort();
        string rules = RepositoryFiles.PathOf("deploy", "prometheus", "snakepit.rules.yml");
        string configuration = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(
            configuration,
            $"""
            global:
              scrape_interval: 500ms
              scrape_timeout: 500ms
              evaluation_interval: 500ms
            rule_files: ['{rules}']
            scrape_configs:
              - job_name: sample
                static_configs:
                  - targets: ['{target}']
            """);
        _client.BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/");
#pragma warning disable RS0030 // The test needs a process that the product has not started.
        _process = Process.Start(new ProcessStartInfo("prometheus")
        {
            ArgumentList =
            {
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
            },
            RedirectStandardError = true,
        })!;
#pragma warning restore RS0030
    }

    /// <summary>Whether this machine has Prometheus.</summary>
    public static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(static folder => File.Exists(Path.Combine(folder, "prometheus")));

    /// <summary>Evaluates an expression until its result is as wanted, and returns it: labels and values.</summary>
    public Task<IReadOnlyList<(string Labels, double Value)>> QueryAsync(
        string expression, Func<IReadOnlyList<(string Labels, double Value)>, bool> wanted, CancellationToken cancellation) =>
        UntilAsync($"query?query={Uri.EscapeDataString(expression)}", ReadSamples, wanted, cancellation);

    /// <summary>Waits until an alert fires; returns the pool that it fires for.</summary>
    public async Task<string> FiringAsync(string alert, CancellationToken cancellation) =>
        (await UntilAsync("alerts", data => FindPool(data, alert), static pool => pool is not null, cancellation))!;

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    private static IReadOnlyList<(string Labels, double Value)> ReadSamples(JsonElement data) =>
    [
        .. data.GetProperty("result").EnumerateArray().Select(static sample => (
            string.Join(' ', sample.GetProperty("metric").EnumerateObject()
                .Where(static label => label.Name is "pool" or "reason")
                .OrderBy(static label => label.Name, StringComparer.Ordinal).Select(static label => $"{label.Name}={label.Value}")),
            double.Parse(sample.GetProperty("value")[1].GetString()!, System.Globalization.CultureInfo.InvariantCulture))),
    ];

    private static string? FindPool(JsonElement data, string alert) => data.GetProperty("alerts").EnumerateArray()
        .Where(one => one.GetProperty("labels").GetProperty("alertname").GetString() == alert
            && one.GetProperty("state").GetString() == "firing")
        .Select(static one => one.GetProperty("labels").GetProperty("pool").GetString()).FirstOrDefault();

    /// <summary>Prometheus tells nobody when it has scraped, so it is asked again and again, at its own pace.</summary>
    private async Task<T> UntilAsync<T>(string path, Func<JsonElement, T> read, Func<T, bool> wanted, CancellationToken cancellation)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            try
            {
                using JsonDocument answer = JsonDocument.Parse(await _client.GetStringAsync(path, cancellation));
                T result = read(answer.RootElement.GetProperty("data"));
                if (wanted(result))
                {
                    return result;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                // It does not listen yet.
            }
            await pace.WaitForNextTickAsync(cancellation);
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
