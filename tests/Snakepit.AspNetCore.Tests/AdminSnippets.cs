using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The code on docs/admin.md and docs/dashboard.md.</summary>
public sealed class AdminSnippets
{
    [Fact]
    public async Task Endpoints_are_mapped_behind_a_policy()
    {
        await using WebHost host = await WebHost.StartAsync(
            static app =>
            {
                // snippet: admin
                app.MapSnakepitAdmin().RequireAuthorization("operators");      // at /snakepit/admin
                // end snippet
                // snippet: secured-dashboard
                app.MapSnakepitDashboard().RequireAuthorization("operators");
                // end snippet
            },
            "Production",
            configure: static services =>
            {
                services.AddAuthentication().AddCookie(
                    static cookie => cookie.Events.OnRedirectToLogin = static context =>
                    {
                        context.Response.StatusCode = 401;
                        return Task.CompletedTask;
                    });
                services.AddAuthorizationBuilder().AddPolicy("operators", static policy => policy.RequireAuthenticatedUser());
            });

        foreach (string path in (string[])["/snakepit/admin/pools", "/snakepit/", "/snakepit/api/pools"])
        {
            Assert.Equal(401, await StatusAsync(host, path));
        }
        Assert.DoesNotContain(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 710);
    }

    [Fact]
    public async Task A_runtime_without_a_host_has_a_control_endpoint()
    {
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            static s => s.UseFakeWorkers(new FakeWorkers()).AddPool("text", static pool => pool.Size = 1), WebHost.Cancellation);
        CancellationToken ct = WebHost.Cancellation;
        // snippet: control
        await using var control = await SnakepitControl.StartAsync(runtime, cancellationToken: ct);
        // end snippet

        Assert.True(File.Exists(control.Path));
    }

    private static async Task<int> StatusAsync(WebHost host, string path)
    {
        using HttpResponseMessage answer = await host.Client.GetAsync(path, WebHost.Cancellation);
        return (int)answer.StatusCode;
    }
}
