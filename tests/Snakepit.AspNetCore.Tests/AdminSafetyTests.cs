using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Snakepit.AspNetCore.Tests.Fixture;

namespace Snakepit.AspNetCore.Tests;

/// <summary>Who may see and order what.</summary>
public sealed class AdminSafetyTests
{
    [Fact]
    public async Task In_production_all_is_refused_without_authorization_and_the_log_says_so_once()
    {
        await using WebHost host = await WebHost.StartAsync(static app => app.MapSnakepitAdmin("/admin"), "Production");

        foreach (string path in (string[])["host", "pools", "pools/text", "events", "antiforgery", "openapi/snakepit.json"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAnswerAsync($"/admin/{path}")).Status);
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.OrderAsync("/admin/pools/text/recycle")).Status);

        Assert.Equal(
            "Snakepit's administration refuses all requests to /admin, because the environment is Production and the endpoints ask for no "
                + "authorization. Attach it: app.MapSnakepitAdmin().RequireAuthorization().",
            Assert.Single(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 710).Message);
        Assert.Equal(0, host.Text.GetSnapshot().Recycled);
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("shop.localhost:5000", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    [InlineData("dev.shop.example", HttpStatusCode.OK)]
    [InlineData("shop.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost.attacker.example", HttpStatusCode.Forbidden)]
    [InlineData("notlocalhost", HttpStatusCode.Forbidden)]
    public async Task In_development_only_names_that_no_other_site_can_have_are_answered(string name, HttpStatusCode status)
    {
        await using WebHost host = await WebHost.StartAsync(
            static app => app.MapSnakepitAdmin("/admin"),
            configure: static services => services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection([KeyValuePair.Create<string, string?>("AllowedHosts", "dev.shop.example;*")]).Build()));
        host.Client.DefaultRequestHeaders.Host = name;

        Assert.Equal(status, (await host.Client.GetAnswerAsync("/admin/host")).Status);

        int told = host.Logs.GetSnapshot().Count(static entry => entry.Id.Id == 711);
        Assert.Equal(status == HttpStatusCode.OK ? 0 : 1, told);
    }

    [Fact]
    public async Task Anonymous_access_is_no_authorization()
    {
        await using WebHost host = await WebHost.StartAsync(static app => app.MapSnakepitAdmin("/admin").AllowAnonymous(), "Production");

        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAnswerAsync("/admin/host")).Status);
    }

    [Fact]
    public async Task With_authorization_users_are_let_in_and_named_in_the_log()
    {
        await using WebHost host = await WebHost.StartAsync(
            static app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapSnakepitAdmin("/admin").RequireAuthorization();
            },
            "Production",
            configure: static services =>
            {
                services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderUsers>("header", null);
                services.AddAuthorization();
            });

        Assert.Equal(HttpStatusCode.Unauthorized, (await host.Client.GetAnswerAsync("/admin/host")).Status);
        host.Client.DefaultRequestHeaders.Add("User", "ada");
        await host.WithTokenAsync();
        Assert.Equal(HttpStatusCode.OK, (await host.Client.OrderAsync("/admin/pools/text/recycle", new { slot = 0 })).Status);

        Assert.Contains(
            host.Logs.GetSnapshot(), static entry => entry.Message == "User 'ada' ordered: recycle slot 0 of pool 'text'.");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("forged")]
    public async Task An_order_without_the_right_token_is_refused_and_logged(string? token)
    {
        await using WebHost host = await WebHost.StartAdminAsync();
        JsonElement right = (await host.Client.GetAnswerAsync("/admin/antiforgery")).Body; // the cookie is there
        if (token is not null)
        {
            host.Client.DefaultRequestHeaders.Add(right.GetProperty("header").GetString()!, token);
        }

        (HttpStatusCode status, JsonElement problem) = await host.Client.OrderAsync("/admin/pools/text/recycle");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("The antiforgery token is missing or wrong.", problem.GetProperty("title").GetString());
        Assert.Equal(0, host.Text.GetSnapshot().Recycled);
        Assert.Contains(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 703);
    }

    [Fact]
    public async Task A_token_without_its_cookie_is_refused()
    {
        await using WebHost host = await (await WebHost.StartAdminAsync()).WithTokenAsync();
        using var other = new HttpClient { BaseAddress = host.Address };
        foreach ((string name, IEnumerable<string> values) in host.Client.DefaultRequestHeaders)
        {
            other.DefaultRequestHeaders.Add(name, values);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await other.OrderAsync("/admin/pools/text/recycle")).Status);
    }

    [Fact]
    public async Task Without_its_services_the_mapping_says_what_to_add()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSnakepit();
        await using WebApplication app = builder.Build();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => app.MapSnakepitAdmin());

        Assert.Equal("MapSnakepitAdmin needs services.AddSnakepitAdmin().", error.Message);
    }

    /// <summary>Takes the user from a header.</summary>
    private sealed class HeaderUsers(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
            Request.Headers["User"] is [{ } name]
                ? AuthenticateResult.Success(new AuthenticationTicket(
                    new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme.Name)), Scheme.Name))
                : AuthenticateResult.NoResult());
    }
}
