using LeakyWorker;
using Snakepit;

// The memory of the workers grows, and they are replaced for it. Which tool is to blame? docs/leaks.md finds out.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddSnakepit().AddPool("documents", p =>
{
    p.Adapter = "adapters/documents.py";
    p.Size = 3;
    p.Memory.SoftLimit = MemorySize.FromMiB(100);
});
builder.Services.AddSnakepitAdmin();
builder.Services.AddSnakepitControl();
builder.Services.AddHostedService<Traffic>();

WebApplication app = builder.Build();
app.MapSnakepitDashboard();
app.Run();
