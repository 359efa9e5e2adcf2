using System.Net.Sockets;
using System.Text.RegularExpressions;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Runs the samples as their users do.</summary>
public sealed class SampleTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Mode", "Native")]
    public async Task StreamingProgress_sends_the_items_as_they_come_and_stops_the_generator_when_the_browser_goes()
    {
        HostProcess host = Own(HostProcess.StartSample("StreamingProgress", "--urls", "http://127.0.0.1:0"));
        const string Listens = "Now listening on: ";
        var address = new Uri((await UntilAsync(host, Listens)).Split(Listens)[1]);

        string[] all = await GetAsync(address, "/train?epochs=2", static _ => false);
        Assert.Equal(
            ["event: progress", "event: progress", "event: done"],
            all.Where(static line => line.StartsWith("event", StringComparison.Ordinal)));
        Assert.Contains("data: {\"epoch\":2,\"epochs\":2,\"loss\":3.24}", all);
        await UntilAsync(host, "stopped in epoch 2 of 2");

        string[] some = await GetAsync(
            address, "/train?epochs=500", static line => line.Contains("\"epoch\":3,", StringComparison.Ordinal));
        Assert.Equal(3, some.Count(static line => line.StartsWith("data", StringComparison.Ordinal)));
        string stopped = await UntilAsync(host, "stopped in epoch ");
        Assert.InRange(int.Parse(stopped.Split(' ')[^3], null), 3, 499);

        string[] again = await GetAsync(address, "/train?epochs=1", static _ => false);
        Assert.Contains("event: done", again);
    }

    [Fact(Timeout = Bound)]
    [Trait("Mode", "Native")]
    public async Task WebApi_answers_and_shows_itself_to_its_operators()
    {
        HostProcess host = Own(HostProcess.StartSample("WebApi", "--urls", "http://127.0.0.1:0", "--environment", "Development"));
        const string Listens = "Now listening on: ";
        var address = new Uri((await UntilAsync(host, Listens)).Split(Listens)[1]);

        foreach ((string path, string expected) in ((string, string)[])
        [
            ("/keywords?text=the+snake+sleeps+as+a+snake", "{\"snake\":2,\"sleeps\":1}"),
            ("/primes/100", "25"),
            ("/health/ready", "Healthy"),
            ("/metrics", "snakepit_worker_count"),
            ("/snakepit/", "<!DOCTYPE html>"),
            ("/snakepit/api/pools", "\"name\":\"primes\""),
        ])
        {
            string[] answer = await GetAsync(address, path, static _ => false);
            Assert.Contains(answer, line => line.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact(Timeout = Bound)]
    [Trait("Mode", "Native")]
    public async Task LeakyWorker_shows_which_of_its_tools_leaks()
    {
        HostProcess host = Own(HostProcess.StartSample("LeakyWorker", "--urls", "http://127.0.0.1:0", "--environment", "Development"));
        const string Listens = "Now listening on: ";
        var address = new Uri((await UntilAsync(host, Listens)).Split(Listens)[1]);

        string[] states = await GetAsync(address, "/snakepit/api/events?state=1", static line => MemoryPerCall(line, "fingerprint") > 0);

        long leak = MemoryPerCall(states[^1], "fingerprint");
        Assert.All(
            (string[])["keywords", "summary", "language"],
            sound => Assert.InRange(MemoryPerCall(states[^1], sound), 0, leak / 4));

        static long MemoryPerCall(string state, string tool) =>
            Regex.Match(state, $"\"name\":\"{tool}\"[^}}]*\"memoryPerCallBytes\":(\\d+)") is { Success: true } match
                ? long.Parse(match.Groups[1].ValueSpan, null)
                : -1;
    }

    private static async Task<string> UntilAsync(HostProcess host, string text)
    {
        while (true)
        {
            string line = await host.ReadLineAsync();
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    /// <summary>Returns the lines of a response up to one at which this browser goes, or to the end.</summary>
    private static Task<string[]> GetAsync(Uri address, string path, Predicate<string> isLast) => Task.Factory.StartNew(
        () =>
        {
            using var browser = new TcpClient(address.Host, address.Port); // without HttpClient, which keeps descriptors
            using NetworkStream stream = browser.GetStream();
            stream.Write(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Host}\r\nConnection: close\r\n\r\n"));
            using var reader = new StreamReader(stream);
            var lines = new List<string>();
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
                if (isLast(line))
                {
                    break;
                }
            }
            return lines.ToArray();
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default).WaitAsync(Cancellation);
}
