using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using SnakepitWeb;

namespace Snakepit.Tests.Guides;

/// <summary>The exception handler of the web template answers as the code of docs/http.md does.</summary>
public sealed class ExceptionHandlerTests
{
    private const int Unhandled = 500; // ASP.NET Core's answer when no handler takes an exception

    /// <summary>ASP.NET Core itself answers 499 when the client disconnects, and calls no handler.</summary>
    private static readonly string[] s_notForHandlers = [nameof(OperationCanceledException)];

    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new FakeLogCollectorOptions());

    [Fact]
    public async Task Every_exception_gets_the_status_of_the_page()
    {
        foreach ((string name, Exception exception) in CallFailures.All.Where(static pair => !s_notForHandlers.Contains(pair.Key)))
        {
            (int status, _, _) = await AnswerAsync(exception);

            Assert.Equal((name, HttpStatus.Of(exception)), (name, status));
        }
    }

    [Theory]
    [InlineData(2, "2")]
    [InlineData(1.2, "2")]
    public async Task Retry_after_is_that_of_the_page_in_whole_seconds(double seconds, string expected)
    {
        var wait = TimeSpan.FromSeconds(seconds);
        Exception[] knowing = [new CircuitOpenException("") { RetryAfter = wait }, new PoolSaturatedException("") { ExpectedWait = wait }];
        foreach (Exception exception in knowing)
        {
            Assert.Equal(wait, HttpStatus.RetryAfter(exception));
            Assert.Equal(expected, (await AnswerAsync(exception)).RetryAfter);
        }
        Assert.Equal("", (await AnswerAsync(new CallTimeoutException(""))).RetryAfter);
    }

    [Fact]
    public async Task Bad_request_keeps_its_status_and_other_exceptions_are_left_alone()
    {
        Assert.Equal(415, (await AnswerAsync(new BadHttpRequestException("no JSON", 415))).Status);
        Assert.Equal((Unhandled, "", null), await AnswerAsync(new InvalidOperationException("a bug")));
    }

    [Theory]
    [InlineData("Development", "Pool 'text' is too slow")]
    [InlineData("Production", null)]
    public async Task Message_of_the_exception_is_shown_in_Development_only_and_logged_always(string environment, string? detail)
    {
        Assert.Equal(detail, (await AnswerAsync(new CallTimeoutException("Pool 'text' is too slow"), environment)).Detail);
        Assert.Equal("Pool 'text' is too slow", _logs.LatestRecord.Exception?.Message);
    }

    private async Task<(int Status, string RetryAfter, string? Detail)> AnswerAsync(Exception exception, string environment = "Production")
    {
        var problems = new Problems();
        var context = new DefaultHttpContext();
        var logger = new FakeLogger<SnakepitExceptionHandler>(_logs);
        var handler = new SnakepitExceptionHandler(problems, new NamedEnvironment(environment), logger);

        bool isHandled = await handler.TryHandleAsync(context, exception, TestContext.Current.CancellationToken);

        Assert.Equal(isHandled, problems.Written is not null);
        Assert.Equal(problems.Written?.ProblemDetails.Status ?? context.Response.StatusCode, context.Response.StatusCode);
        string retryAfter = context.Response.Headers.RetryAfter.ToString();
        return (isHandled ? context.Response.StatusCode : Unhandled, retryAfter, problems.Written?.ProblemDetails.Detail);
    }

    private sealed class Problems : IProblemDetailsService
    {
        public ProblemDetailsContext? Written { get; private set; }

        public ValueTask WriteAsync(ProblemDetailsContext context)
        {
            Written = context;
            return default;
        }

        public async ValueTask<bool> TryWriteAsync(ProblemDetailsContext context)
        {
            await WriteAsync(context);
            return true;
        }
    }

    private sealed class NamedEnvironment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
