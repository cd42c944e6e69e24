// The frame: places, palette, keys, acting as, 404.
import { ok } from "./harness.mjs";

export async function run(t) {
  await t.test("the seven words lead to their pages, back goes back", async (page) => {
    await page.goto("/");
    for (const word of ["Explore", "Create", "Publish", "Manage", "Operations", "Audit"]) {
      await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: word }).click();
      await page.waitForURL((u) => u.pathname.startsWith(`/${word.toLowerCase()}`));   // Manage goes on to one's own domain
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    await page.goBack();
    await page.waitForURL((u) => u.pathname === "/operations");
  });
  await t.test("Ctrl K finds and opens a product", async (page) => {
    await page.goto("/me");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Find or do anything" }).fill("stocktrades");
    await page.getByRole("option", { name: /^stocktrades/ }).first().click();
    await page.waitForURL(/\/products\/stocktrades/);
  });
  await t.test("a disabled control says why when another person acts", { as: null }, async (page) => {
    await page.goto("/me");
    await page.getByRole("button", { name: /Acting as/ }).click();
    await page.getByRole("dialog", { name: "Acting as" }).getByRole("button").first().waitFor();
    ok((await page.getByRole("dialog", { name: "Acting as" }).getByRole("button").count()) >= 3, "there are people to act as");
  });
  await t.test("an address that is nothing says so and offers what is close", async (page) => {
    await page.goto("/produkts/stocktrade");
    await page.getByRole("heading", { name: "Nothing is here" }).waitFor();
    await page.getByRole("link", { name: "stocktrades" }).waitFor();
  });
}
