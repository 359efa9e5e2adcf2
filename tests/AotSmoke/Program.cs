using Snakepit;

// Until the runtime starts pools, this proves that the library's surface publishes and loads without a JIT.
if (MemorySize.FromMiB(1).ToString() != "1MiB")
{
    Console.WriteLine("AOT smoke: a size prints wrongly");
    return 1;
}
Console.WriteLine("AOT smoke: ok");
return 0;
